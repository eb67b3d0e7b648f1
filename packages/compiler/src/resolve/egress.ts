import { type Resource, resourcePath } from '@meshwright/model';
import type { Report } from '../diagnostics.ts';
import { allowAllClusterName, awsClusterName, EGRESS_LISTENER, routeConfigName } from '../ir/names.ts';
import type { ActionIr, ClusterIr, EgressListenerIr, PassthroughIr, RouteConfigIr } from '../ir/proxy.ts';
import type { BackendService } from './backends.ts';
import type { ResourcesByKind } from './resourcesByKind.ts';
import { resolveVirtualHosts } from './virtualHosts.ts';

/** Everything a proxy needs for what its application sends. */
export interface Egress {
  readonly listener: EgressListenerIr;
  readonly routeConfigs: readonly RouteConfigIr[];
  readonly clusters: readonly ClusterIr[];
}

/** Resolves the egress side of a virtual node; it exists even without backends, for AWS APIs and the egress filter. */
export function resolveEgress(
  index: ResourcesByKind,
  node: Resource<'virtualNode'>,
  backends: readonly BackendService[],
  report: Report,
): Egress {
  const { mesh } = index.key;
  const source = { resource: resourcePath(node.ref), pointer: '/backends' };
  const awsCluster = awsClusterName(mesh);
  const allowAllCluster = index.mesh.spec.egressFilter?.type === 'ALLOW_ALL' ? allowAllClusterName(mesh) : undefined;
  const routeConfigs = servedPorts(backends).map((port) => ({
    port,
    name: routeConfigName('egress', 'http', port),
    source,
    virtualHosts: resolveVirtualHosts(port, servicesOn(port, backends), allowAllCluster, report),
  }));
  const chains = routeConfigs.map(({ port, name }) => ({ port, statPrefix: 'egress', routeConfig: name }));
  const allowAll = allowAllCluster !== undefined && { allowAllCluster };
  return {
    listener: { kind: 'egress', name: EGRESS_LISTENER, source, chains, awsCluster, ...allowAll },
    routeConfigs: routeConfigs.map(({ port: _, ...config }) => config),
    clusters: [...usedClusters(routeConfigs, backends), ...passthroughs(awsCluster, allowAllCluster)],
  };
}

function servedPorts(backends: readonly BackendService[]): readonly number[] {
  return [...new Set(backends.flatMap(({ ports = [] }) => ports.map(({ port }) => port)))].sort((a, b) => a - b);
}

/** A service without a port of its own has a host without routes on every port: 404 there, rather than let through. */
function servicesOn(port: number, backends: readonly BackendService[]) {
  return backends.flatMap(({ service, ports }) => {
    const entry = ports?.find((candidate) => candidate.port === port);
    return ports !== undefined && entry === undefined ? [] : [{ service, routes: entry?.routes ?? [] }];
  });
}

function usedClusters(routeConfigs: readonly RouteConfigIr[], backends: readonly BackendService[]): readonly ClusterIr[] {
  const known = new Map(backends.flatMap(({ ports = [] }) => ports.flatMap(({ clusters }) => [...clusters])));
  const used = routeConfigs.flatMap(({ virtualHosts }) =>
    virtualHosts.flatMap(({ routes }) => routes.flatMap(({ action }) => clustersOf(action))),
  );
  return [...new Set(used)].flatMap((name) => known.get(name) ?? []);
}

function clustersOf(action: ActionIr): readonly string[] {
  if (action.kind === 'cluster') return [action.target.cluster];
  return action.kind === 'weighted' ? action.targets.map(({ cluster }) => cluster) : [];
}

function passthroughs(awsCluster: string, allowAllCluster: string | undefined): readonly PassthroughIr[] {
  const aws: PassthroughIr = { kind: 'passthrough', name: awsCluster, source: { resource: '', pointer: '' }, protocol: 'bytes' };
  if (allowAllCluster === undefined) return [aws];
  const source = { resource: '', pointer: '/egressFilter' };
  return [aws, { kind: 'passthrough', name: allowAllCluster, source, protocol: 'asReceived' }];
}
