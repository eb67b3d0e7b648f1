import { type Resource, resourcePath } from '@meshwright/model';
import type { Reader } from '../incremental/unit.ts';
import { allowAllClusterName, awsClusterName, EGRESS_LISTENER, routeConfigName } from '../ir/names.ts';
import type { ChainIr, ClusterIr, EgressListenerIr, PassthroughIr, RouteConfigIr } from '../ir/proxy.ts';
import { PartCount } from '../tooLarge.ts';
import { resolveBackends } from './backends.ts';
import { meshSpec } from './meshSpec.ts';
import { type SharedPort, shareable } from './sharedPorts.ts';
import { usedClusters } from './traffic.ts';
import { allowAllHost, resolveVirtualHosts } from './virtualHosts.ts';

/** Everything a proxy needs for what its application sends. */
export interface Egress {
  readonly listener: EgressListenerIr;
  readonly routeConfigs: readonly RouteConfigIr[];
  readonly clusters: readonly ClusterIr[];
}

/**
 * Resolves the egress side of a virtual node; it exists even without backends, for AWS APIs and the egress filter.
 * @throws TooLarge when its backends come to more than a proxy may get.
 */
export function resolveEgress(reader: Reader, node: Resource<'virtualNode'>): Egress {
  const { mesh } = reader.mesh;
  const source = { resource: resourcePath(node.ref), pointer: '/backends' };
  const awsCluster = awsClusterName(mesh);
  const allowAllCluster = reader.use(meshSpec, undefined).egressFilter?.type === 'ALLOW_ALL' ? allowAllClusterName(mesh) : undefined;
  const catchAll = (port: number) => (allowAllCluster === undefined ? undefined : allowAllHost(allowAllCluster, port));
  const backends = resolveBackends(reader, node);
  const ports = shareable(backends, node.ref, reader.report, new PartCount());
  const routeConfigs = ports.flatMap((port) => {
    if (port.kind === 'tcp') return [];
    const virtualHosts = resolveVirtualHosts(port.port, port.services, catchAll(port.port), reader.report);
    return [{ name: routeConfigName('egress', port.protocol, port.port), source, virtualHosts }];
  });
  const chains = ports.map(chainOf);
  const allowAll = allowAllCluster !== undefined && { allowAllCluster };
  return {
    listener: { kind: 'egress', name: EGRESS_LISTENER, source, chains, awsCluster, ...allowAll },
    routeConfigs,
    clusters: [
      ...usedClusters(
        chains,
        routeConfigs,
        backends.flatMap(({ ports = [] }) => ports),
      ),
      ...passthroughs(awsCluster, allowAllCluster),
    ],
  };
}

function chainOf(shared: SharedPort): ChainIr {
  if (shared.kind === 'http') {
    const { port, protocol } = shared;
    return { kind: 'http', port, statPrefix: 'egress', routeConfig: routeConfigName('egress', protocol, port) };
  }
  const { port, action, timeout } = shared.traffic;
  return { kind: 'tcp', port, statPrefix: 'egress', action, ...(timeout !== undefined && { timeout }) };
}

function passthroughs(awsCluster: string, allowAllCluster: string | undefined): readonly PassthroughIr[] {
  const aws: PassthroughIr = { kind: 'passthrough', name: awsCluster, source: { resource: '', pointer: '' }, protocol: 'bytes' };
  if (allowAllCluster === undefined) return [aws];
  const source = { resource: '', pointer: '/egressFilter' };
  return [aws, { kind: 'passthrough', name: allowAllCluster, source, protocol: 'asReceived' }];
}
