import type { Resource } from '@meshwright/model';
import { pointer, quoted, type Report } from '../diagnostics.ts';
import { leadsToItself } from '../ir/discoveryName.ts';
import type { ClusterIr, ProxyIr, RemoteNodeIr } from '../ir/proxy.ts';

/**
 * A gateway's proxy without clusters that lead to the gateway's own listeners: it would dial itself until it has no descriptors
 * left. They stay without endpoints, so that what is sent to them is answered 503. What only DNS tells is not known here.
 */
export function withoutOwnListeners(proxy: ProxyIr, { ref, spec }: Resource<'virtualGateway'>, report: Report): ProxyIr {
  const positions = new Map(spec.listeners.map(({ portMapping }, position) => [portMapping.port, position]));
  const isOwn = (cluster: ClusterIr): cluster is RemoteNodeIr =>
    cluster.kind === 'remoteNode' && positions.has(cluster.listener.portMapping.port) && leadsToItself(cluster.discovery.hostname);
  if (!proxy.clusters.some(isOwn)) return proxy;
  const clusters = proxy.clusters.map((cluster): ClusterIr => {
    if (!isOwn(cluster)) return cluster;
    reportItself(ref, cluster, positions.get(cluster.listener.portMapping.port) ?? 0, report);
    return { kind: 'unresolved', name: cluster.name, source: cluster.source };
  });
  return { ...proxy, clusters };
}

function reportItself(ref: Resource['ref'], { node, listener, discovery }: RemoteNodeIr, position: number, report: Report): void {
  const { port } = listener.portMapping;
  report({
    code: 'target-is-itself',
    severity: 'error',
    ref,
    pointer: pointer('listeners', position, 'portMapping', 'port'),
    message: `What this gateway routes to virtual node "${node}" is answered 503: its hostname ${quoted(discovery.hostname)} leads each proxy to its own host, where port ${port} is this listener, and the gateway would call itself without end.`,
    fix: 'give the virtual node a hostname that leads to its application from the gateway, or give one of the two another port',
  });
}
