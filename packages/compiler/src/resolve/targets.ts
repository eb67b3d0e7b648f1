import { type Listener, type PortProtocol, type Ref, type Resource, resourcePath, type VirtualNodeSpec } from '@meshwright/model';
import { pointer } from '../diagnostics.ts';
import type { Reader, Unit } from '../incremental/unit.ts';
import { clusterName, unresolvedClusterName } from '../ir/names.ts';
import type { ClusterIr, TargetIr } from '../ir/proxy.ts';
import { ipPreferenceOf } from './meshSpec.ts';
import { isCompiledListener, isProxyPort } from './support.ts';

/** A virtual node as others reach it. */
interface ReachableNode {
  readonly listeners: readonly ReachableListener[];
}

interface ReachableListener {
  readonly port: number;
  readonly protocol: PortProtocol;
  /** How it is reached, or why it is not. */
  readonly way: { readonly cluster: ClusterIr } | { readonly problem: string };
}

/** What of a virtual node matters to those who send to it; its backends, say, do not. */
export const reachableNode: Unit<string, ReachableNode | undefined> = {
  name: 'reachableNode',
  keyOf: (name) => name,
  blame: (name, { mesh }) => ({
    ref: { kind: 'virtualNode', mesh, name },
    what: `virtual node "${name}"`,
    consequence: 'proxies that send to it are not brought up to date',
  }),
  work: (name, reader) => {
    const { mesh, get } = reader;
    const node = get({ kind: 'virtualNode', mesh: mesh.mesh, name });
    if (node === undefined) return undefined;
    return { listeners: (node.spec.listeners ?? []).map((listener, position) => reachableListener(reader, node, listener, position)) };
  },
};

function reachableListener(
  reader: Reader,
  { ref, spec }: Resource<'virtualNode'>,
  listener: Listener,
  position: number,
): ReachableListener {
  const { port, protocol } = listener.portMapping;
  const problem = problemOf(ref, spec, listener);
  const discovery = spec.serviceDiscovery?.dns;
  if (problem !== undefined || discovery === undefined) return { port, protocol, way: { problem: problem ?? '' } };
  const name = clusterName('egress', ref.mesh, ref.name, protocol, port);
  const source = { resource: resourcePath(ref), pointer: pointer('listeners', position) };
  const cluster = { kind: 'remoteNode', name, source, node: ref.name, listener, discovery, ...ipPreferenceOf(reader, spec) } as const;
  return { port, protocol, way: { cluster } };
}

function problemOf({ name }: Ref, { serviceDiscovery }: VirtualNodeSpec, listener: Listener): string | undefined {
  const { port } = listener.portMapping;
  if (isProxyPort(port)) return `listener ${port} of virtual node "${name}" is on a port that the node's proxy needs itself`;
  if (!isCompiledListener(listener)) return `listener ${port} of virtual node "${name}" is not compiled yet`;
  if (serviceDiscovery === undefined) return `virtual node "${name}" has no service discovery`;
  if (serviceDiscovery.dns === undefined) return `virtual node "${name}" is found by AWS Cloud Map, which is not compiled yet`;
  return undefined;
}

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
  /** What the target's listener speaks; absent when there is none. */
  readonly protocol?: PortProtocol;
  /** Why the target cannot be reached; its cluster then has no endpoints. */
  readonly problem?: string;
}

/** Finds the cluster of a virtual node's listener, as other nodes reach it. */
export function resolveTarget(reader: Reader, wanted: Wanted): ResolvedTarget {
  const node = reader.use(reachableNode, wanted.node);
  if (node === undefined) return unresolved(reader, wanted, `there is no virtual node "${wanted.node}"`);
  const listener = chooseListener(node.listeners, wanted);
  if (listener === undefined) {
    const which = wanted.port === undefined ? 'no listener' : `no listener on port ${wanted.port}`;
    return unresolved(reader, wanted, `virtual node "${wanted.node}" has ${which}`);
  }
  const { port, protocol, way } = listener;
  if ('problem' in way) return { ...unresolved(reader, wanted, way.problem), protocol };
  return { target: { cluster: way.cluster.name, port }, cluster: way.cluster, protocol };
}

function chooseListener(listeners: readonly ReachableListener[], { port, routerPort }: Wanted): ReachableListener | undefined {
  const onPort = (wanted: number) => listeners.find((listener) => listener.port === wanted);
  if (port !== undefined) return onPort(port);
  // Ports of router and node may differ: a node's only listener is meant, whatever its port.
  return listeners.length > 1 ? (onPort(routerPort) ?? listeners[0]) : listeners[0];
}

function unresolved({ mesh }: Reader, { node, port, routerPort }: Wanted, problem: string): ResolvedTarget {
  const name = unresolvedClusterName(mesh.mesh, node);
  const ref: Ref = { kind: 'virtualNode', mesh: mesh.mesh, name: node };
  return {
    target: { cluster: name, port: port ?? routerPort },
    cluster: { kind: 'unresolved', name, source: { resource: resourcePath(ref), pointer: '' } },
    problem,
  };
}
