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

/** Counters that rise when Envoy runs something else than before: clusters, listeners, route configurations; and when it is sent clusters or listeners at all. */
export function appliedChanges(envoy: Envoy): Promise<Readonly<Record<string, number>>> {
  const clusters = 'cluster_manager\\.(cds\\.update_success|cluster_(added|modified|removed))';
  const listeners = 'listener_manager\\.(lds\\.update_success|listener_(added|modified|removed|in_place_updated))';
  return envoy.stats(`^(${clusters}|${listeners}|http\\..*\\.rds\\..*\\.config_reload)$`);
}

/** How often Envoy was sent each route configuration; equal ones count too, but do not make it reload. */
export function routeUpdates(envoy: Envoy): Promise<Readonly<Record<string, number>>> {
  return envoy.stats('^http\\..*\\.rds\\..*\\.update_success$');
}

/**
 * Resolves with a function that waits until the control plane, meanwhile ended and started again, has spoken to this Envoy.
 * `control_plane.connected_state` will not do: it is 1 for a moment with every try, also of a connection that leads to nobody.
 */
export async function awaitReturn(envoy: Envoy): Promise<() => Promise<void>> {
  const bytesFromControlPlane = async () => {
    const stats = await envoy.stats('^cluster\\..*\\.upstream_cx_rx_bytes_total$');
    // The bootstrap's own cluster; those of the mesh are named by App Mesh's rule.
    const own = Object.entries(stats).filter(([name]) => !name.startsWith('cluster.cds_'));
    return own.reduce((sum, [, bytes]) => sum + bytes, 0);
  };
  const before = await bytesFromControlPlane();
  return async () => {
    await envoy.await(bytesFromControlPlane, (bytes) => bytes > before);
  };
}

/** By how much each statistic rose; those that stayed are left out. */
export function rises(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const rows = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)] as const);
  return Object.fromEntries(rows.filter(([, rise]) => rise !== 0));
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
