import { envoyBootstrap } from '@meshwright/local';
import type { Envoy } from './envoy.ts';
import { HOSTS, type Sidecar } from './network.ts';
import type { Topology } from './topology.ts';

/** The Envoys of the sample mesh `apps`, by namespace. */
export type Sidecars = Readonly<Record<Sidecar, Envoy>>;

/** Share of each virtual node in a route's traffic. */
export type Weights = Readonly<Record<string, number>>;

/** Starts one Envoy per workload, each with the bootstrap that our command line prints for its virtual node. */
export function startSidecars(topology: Topology, protocol: 'delta' | 'sotw'): Sidecars {
  const start = (namespace: Sidecar) => {
    const nodeId = `mesh/apps/virtualNode/${HOSTS[namespace].app}`;
    const { xdsHost, xdsPort } = topology;
    return topology.startEnvoy(namespace, envoyBootstrap({ nodeId, xdsHost, xdsPort, protocol, adminPort: 9901 }));
  };
  return { a: start('a'), b: start('b'), b2: start('b2') };
}

/** Weights of serviceb.apps.local in the route configuration this Envoy runs, by virtual node; empty while it has none. */
export async function runningWeights(envoy: Envoy): Promise<Weights> {
  const dump = JSON.parse(await envoy.admin('/config_dump?resource=dynamic_route_configs')) as RouteDump;
  const hosts = (dump.configs ?? []).flatMap(({ route_config }) => route_config?.virtual_hosts ?? []);
  const routes = hosts.find(({ name }) => name === 'serviceb.apps.local')?.routes ?? [];
  const clusters = routes[0]?.route?.weighted_clusters?.clusters ?? [];
  return Object.fromEntries(clusters.map(({ name, weight = 0 }) => [/^cds_egress_apps_(.+)_http_8080$/.exec(name)?.[1] ?? name, weight]));
}

/** Whether two sets of weights are the same. */
export function sameWeights(one: Weights, other: Weights): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/**
 * What changes in Envoy's statistics when it is given configuration: versions, updates taken, reloads, clusters and listeners touched.
 * `rejected` and `update_failure` are left out: they count lost connections too.
 */
export function configurationStats(envoy: Envoy): Promise<Readonly<Record<string, number>>> {
  return envoy.stats(
    '^(cluster_manager\\.(cds|cluster_(added|modified|removed))|listener_manager\\.(lds|listener_(added|modified|removed))|http\\..*\\.rds\\..*)(\\.(update_success|update_rejected|config_reload|version))?$',
  );
}

interface RouteDump {
  readonly configs?: readonly { readonly route_config?: { readonly virtual_hosts?: readonly VirtualHost[] } }[];
}
interface VirtualHost {
  readonly name: string;
  readonly routes?: readonly { readonly route?: { readonly weighted_clusters?: { readonly clusters: readonly WeightedCluster[] } } }[];
}
interface WeightedCluster {
  readonly name: string;
  readonly weight?: number;
}
