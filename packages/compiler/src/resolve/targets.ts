import type { Listener, Ref } from '@meshwright/model';
import { resourcePath } from '@meshwright/model';
import { pointer } from '../diagnostics.ts';
import { clusterName, unresolvedClusterName } from '../ir/names.ts';
import type { ClusterIr, TargetIr } from '../ir/proxy.ts';
import type { ResourcesByKind } from './resourcesByKind.ts';
import { isCompiledListener } from './support.ts';

/** What is asked of a target: a node, and the port if the route says one. */
export interface Wanted {
  readonly node: string;
  readonly port?: number;
  /** Port of the virtual router's listener: preferred where the route names none and the node has several. */
  readonly routerPort: number;
}

/** The cluster a target is reached through. */
export interface ResolvedTarget {
  readonly target: TargetIr;
  readonly cluster: ClusterIr;
  /** Why the target cannot be reached; its cluster then has no endpoints. */
  readonly problem?: string;
}

/** Finds the cluster of a virtual node's listener, as other nodes reach it. */
export function resolveTarget(index: ResourcesByKind, wanted: Wanted): ResolvedTarget {
  const node = index.nodes.get(wanted.node);
  if (node === undefined) return unresolved(index, wanted, `there is no virtual node "${wanted.node}"`);
  const { listeners = [], serviceDiscovery } = node.spec;
  const position = chooseListener(listeners, wanted);
  const listener = listeners[position];
  if (listener === undefined) {
    const which = wanted.port === undefined ? 'no listener' : `no listener on port ${wanted.port}`;
    return unresolved(index, wanted, `virtual node "${wanted.node}" has ${which}`);
  }
  const { port, protocol } = listener.portMapping;
  if (!isCompiledListener(listener))
    return unresolved(index, wanted, `listener ${port} of virtual node "${wanted.node}" is not compiled yet`);
  if (serviceDiscovery?.dns === undefined) {
    const problem = serviceDiscovery === undefined ? 'has no service discovery' : 'is found by AWS Cloud Map, which is not compiled yet';
    return unresolved(index, wanted, `virtual node "${wanted.node}" ${problem}`);
  }
  const name = clusterName('egress', index.key.mesh, wanted.node, protocol, port);
  const source = { resource: resourcePath(node.ref), pointer: pointer('listeners', position) };
  const cluster = { kind: 'remoteNode' as const, name, source, node: wanted.node, listener, discovery: serviceDiscovery.dns };
  return { target: { cluster: name, port }, cluster };
}

function chooseListener(listeners: readonly Listener[], { port, routerPort }: Wanted): number {
  const onPort = (wanted: number): number => listeners.findIndex(({ portMapping }) => portMapping.port === wanted);
  if (port !== undefined) return onPort(port);
  // Ports of router and node may differ: a node's only listener is meant, whatever its port.
  return listeners.length > 1 ? Math.max(onPort(routerPort), 0) : 0;
}

function unresolved(index: ResourcesByKind, { node, port, routerPort }: Wanted, problem: string): ResolvedTarget {
  const name = unresolvedClusterName(index.key.mesh, node);
  const ref: Ref = { kind: 'virtualNode', mesh: index.key.mesh, name: node };
  return {
    target: { cluster: name, port: port ?? routerPort },
    cluster: { kind: 'unresolved', name, source: { resource: resourcePath(ref), pointer: '' } },
    problem,
  };
}
