import {
  type DnsServiceDiscovery,
  type IpPreference,
  type Listener,
  type PortProtocol,
  type Ref,
  type Resource,
  resourcePath,
  type VirtualNodeSpec,
} from '@meshwright/model';
import { pointer, quoted } from '../diagnostics.ts';
import type { Reader, Unit } from '../incremental/unit.ts';
import { isIpv6Address, nameProblem } from '../ir/discoveryName.ts';
import { clusterName, unresolvedClusterName } from '../ir/names.ts';
import type { ClusterIr, TargetIr } from '../ir/proxy.ts';
import { ipPreferenceOf } from './meshSpec.ts';
import { isCompiledListener, isProxyPort } from './support.ts';

/** Why a target cannot be reached, and what would mend it. */
export interface Problem {
  /** Ends a sentence. */
  readonly message: string;
  readonly fix: string;
}

/** A virtual node as others reach it. */
interface ReachableNode {
  readonly listeners: readonly ReachableListener[];
}

interface ReachableListener {
  readonly port: number;
  readonly protocol: PortProtocol;
  /** How it is reached, or why it is not. */
  readonly way: { readonly cluster: ClusterIr } | { readonly problem: Problem };
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
  const problem = listenerProblem(ref, listener);
  if (problem !== undefined) return { port, protocol, way: { problem } };
  const preference = ipPreferenceOf(reader, spec);
  const discovery = discoveryOf(ref, spec, preference.ipPreference);
  if ('problem' in discovery) return { port, protocol, way: discovery };
  const name = clusterName('egress', ref.mesh, ref.name, protocol, port);
  const source = { resource: resourcePath(ref), pointer: pointer('listeners', position) };
  const own = { kind: 'remoteNode', name, source, node: ref.name, listener, discovery: discovery.dns } as const;
  return { port, protocol, way: { cluster: { ...own, ...preference } } };
}

function listenerProblem({ name }: Ref, listener: Listener): Problem | undefined {
  const { port } = listener.portMapping;
  const which = `listener ${port} of virtual node "${name}"`;
  if (isProxyPort(port)) {
    return {
      message: `${which} is on a port that the node's proxy needs itself`,
      fix: 'give the application and this listener another port',
    };
  }
  if (isCompiledListener(listener)) return undefined;
  const fix = 'set the mode of its TLS to DISABLED or PERMISSIVE if plain text will do; nothing else is wrong with the target';
  return { message: `${which} insists on TLS, which is not compiled yet`, fix };
}

function discoveryOf(
  { name }: Ref,
  { serviceDiscovery }: VirtualNodeSpec,
  preference: IpPreference | undefined,
): { readonly dns: DnsServiceDiscovery } | { readonly problem: Problem } {
  const which = `virtual node "${name}"`;
  if (serviceDiscovery === undefined) {
    return { problem: { message: `${which} has no service discovery`, fix: 'give the virtual node a serviceDiscovery' } };
  }
  const { dns } = serviceDiscovery;
  if (dns === undefined) {
    const message = `${which} is found by AWS Cloud Map, which is not compiled yet`;
    return { problem: { message, fix: 'find the virtual node by dns; a private DNS namespace of Cloud Map answers to SERVICE.NAMESPACE' } };
  }
  const why = nameProblem(dns.hostname);
  const hostname = `the hostname ${quoted(dns.hostname)} of ${which}`;
  if (why !== undefined) {
    return {
      problem: { message: `${hostname} cannot be looked up: ${why}`, fix: 'mend serviceDiscovery.dns.hostname of the virtual node' },
    };
  }
  // Envoy 1.40 finds an IPv4 address under IPv6_ONLY all the same.
  if (preference !== 'IPv4_ONLY' || !isIpv6Address(dns.hostname)) return { dns };
  const fix = 'give the virtual node a name or an IPv4 address, or another ipPreference than IPv4_ONLY';
  return { problem: { message: `${hostname} is an IPv6 address, which IP preference IPv4_ONLY leaves out`, fix } };
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
  readonly problem?: Problem;
}

/** Finds the cluster of a virtual node's listener, as other nodes reach it. */
export function resolveTarget(reader: Reader, wanted: Wanted): ResolvedTarget {
  const node = reader.use(reachableNode, wanted.node);
  if (node === undefined) {
    const message = `there is no virtual node "${wanted.node}"`;
    return unresolved(reader, wanted, { message, fix: 'create the virtual node, or name another' });
  }
  const listener = chooseListener(node.listeners, wanted);
  if (listener === undefined) {
    const which = wanted.port === undefined ? 'no listener' : `no listener on port ${wanted.port}`;
    const message = `virtual node "${wanted.node}" has ${which}`;
    return unresolved(reader, wanted, { message, fix: 'give the virtual node such a listener, or name a node and a port that exist' });
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

function unresolved({ mesh }: Reader, { node, port, routerPort }: Wanted, problem: Problem): ResolvedTarget {
  const name = unresolvedClusterName(mesh.mesh, node);
  const ref: Ref = { kind: 'virtualNode', mesh: mesh.mesh, name: node };
  return {
    target: { cluster: name, port: port ?? routerPort },
    cluster: { kind: 'unresolved', name, source: { resource: resourcePath(ref), pointer: '' } },
    problem,
  };
}
