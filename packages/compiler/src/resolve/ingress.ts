import { type HttpTimeout, type Listener, type PortProtocol, type Resource, resourcePath, type TcpTimeout } from '@meshwright/model';
import { pointer, type Report } from '../diagnostics.ts';
import type { Reader } from '../incremental/unit.ts';
import { clusterName, INGRESS_LISTENER, routeConfigName } from '../ir/names.ts';
import type { ChainIr, IngressListenerIr, LocalAppIr, RouteConfigIr } from '../ir/proxy.ts';
import type { Members } from '../members.ts';
import { ipPreferenceOf } from './meshSpec.ts';
import { isCompiledListener, isProxyPort } from './support.ts';

/** Everything a proxy needs for what is sent to its application. */
export interface Ingress {
  /** None for a node without listeners. */
  readonly listeners: readonly IngressListenerIr[];
  readonly routeConfigs: readonly RouteConfigIr[];
  readonly clusters: readonly LocalAppIr[];
}

/** Resolves the ingress side of a virtual node. */
export function resolveIngress(reader: Reader, { ref, spec }: Resource<'virtualNode'>): Ingress {
  const { report } = reader;
  const preference = ipPreferenceOf(reader, spec);
  const resource = resourcePath(ref);
  const all = spec.listeners ?? [];
  const ports = all.flatMap((listener, position) => {
    reportTimeout(ref, listener, position, report);
    const { port, protocol } = listener.portMapping;
    if (isProxyPort(port)) reportReserved(ref, port, position, report);
    if (isProxyPort(port) || !isCompiledListener(listener)) return [];
    const source = { resource, pointer: pointer('listeners', position) };
    const name = clusterName('ingress', ref.mesh, ref.name, protocol, port);
    const cluster: LocalAppIr = { kind: 'localApp', name, source, listener, ...preference };
    // One listener's statistics are plain `ingress`; several are told apart.
    const statPrefix = all.length > 1 ? `ingress.${protocol}.${port}` : 'ingress';
    return [{ cluster, ...chainTo(listener, name, statPrefix, source) }];
  });
  const source = { resource, pointer: '/listeners' };
  const listener: IngressListenerIr = {
    kind: 'ingress',
    name: INGRESS_LISTENER,
    source,
    chains: ports.map(({ chain }) => chain),
    ...preference,
  };
  return {
    listeners: ports.length > 0 ? [listener] : [],
    routeConfigs: ports.flatMap(({ routeConfigs }) => routeConfigs),
    clusters: ports.map(({ cluster }) => cluster),
  };
}

function chainTo(
  { portMapping, timeout }: Listener,
  cluster: string,
  statPrefix: string,
  source: RouteConfigIr['source'],
): { readonly chain: ChainIr; readonly routeConfigs: readonly RouteConfigIr[] } {
  const { port, protocol } = portMapping;
  const action = { kind: 'cluster', target: { cluster, port } } as const;
  const timeouts: ListenerTimeouts = timeout ?? {};
  if (protocol === 'tcp') {
    const chain: ChainIr = { kind: 'tcp', port, statPrefix, action, ...(timeouts.tcp && { timeout: timeouts.tcp }) };
    return { chain, routeConfigs: [] };
  }
  const limits = timeouts[protocol];
  const route = { match: { kind: 'http', match: { prefix: '/' } }, action, ...(limits && { timeout: limits }) } as const;
  const routeConfig = routeConfigName('ingress', protocol, port);
  const virtualHosts = [{ name: 'local', domains: ['*'], routes: [route] }];
  return { chain: { kind: 'http', port, statPrefix, routeConfig }, routeConfigs: [{ name: routeConfig, source, virtualHosts }] };
}

function reportReserved(ref: Resource['ref'], port: number, position: number, report: Report): void {
  report({
    code: 'port-taken',
    severity: 'error',
    ref,
    pointer: pointer('listeners', position, 'portMapping', 'port'),
    message: `This listener is left out, for the node's proxy needs port ${port} itself: requests that the mesh sends to it are answered 503, and TCP connections closed.`,
    fix: 'give the application and the listener another port',
  });
}

type ListenerTimeouts = Partial<Record<Exclude<PortProtocol, 'tcp'>, HttpTimeout>> & { readonly tcp?: TcpTimeout };

function reportTimeout(ref: Resource['ref'], { portMapping: { protocol }, timeout }: Listener, position: number, report: Report): void {
  const members: Members<NonNullable<Listener['timeout']>> = timeout ?? {};
  for (const member of Object.keys(members)) {
    if (member === protocol) continue;
    report({
      code: 'timeout-without-effect',
      severity: 'warning',
      ref,
      pointer: pointer('listeners', position, 'timeout', member),
      message: `This timeout has no effect: it is for ${member}, and the listener has protocol ${protocol}; timeout.${protocol} holds, or the default without it.`,
      fix: `move it to timeout.${protocol}`,
    });
  }
}
