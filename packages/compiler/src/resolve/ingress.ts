import { type Resource, resourcePath } from '@meshwright/model';
import { pointer } from '../diagnostics.ts';
import { clusterName, INGRESS_LISTENER, routeConfigName } from '../ir/names.ts';
import type { IngressListenerIr, LocalAppIr, RouteConfigIr } from '../ir/proxy.ts';
import { isCompiledListener } from './support.ts';

/** Everything a proxy needs for what is sent to its application. */
export interface Ingress {
  /** None for a node without listeners. */
  readonly listeners: readonly IngressListenerIr[];
  readonly routeConfigs: readonly RouteConfigIr[];
  readonly clusters: readonly LocalAppIr[];
}

/** Resolves the ingress side of a virtual node. */
export function resolveIngress({ ref, spec }: Resource<'virtualNode'>): Ingress {
  const resource = resourcePath(ref);
  const all = spec.listeners ?? [];
  const ports = all.flatMap((listener, position) => {
    if (!isCompiledListener(listener)) return [];
    const { port, protocol } = listener.portMapping;
    const source = { resource, pointer: pointer('listeners', position) };
    const name = clusterName('ingress', ref.mesh, ref.name, protocol, port);
    const cluster: LocalAppIr = { kind: 'localApp', name, source, listener };
    const timeout = listener.timeout?.http;
    const route = {
      match: { prefix: '/' },
      action: { kind: 'cluster', target: { cluster: name, port } },
      ...(timeout && { timeout }),
    } as const;
    const routeConfig = routeConfigName('ingress', protocol, port);
    const virtualHosts = [{ name: 'local', domains: ['*'], routes: [route] }];
    // One listener's statistics are plain `ingress`; several are told apart.
    const statPrefix = all.length > 1 ? `ingress.${protocol}.${port}` : 'ingress';
    return [{ cluster, routeConfig: { name: routeConfig, source, virtualHosts }, chain: { port, statPrefix, routeConfig } }];
  });
  const source = { resource, pointer: '/listeners' };
  const listener: IngressListenerIr = { kind: 'ingress', name: INGRESS_LISTENER, source, chains: ports.map(({ chain }) => chain) };
  return {
    listeners: ports.length > 0 ? [listener] : [],
    routeConfigs: ports.map(({ routeConfig }) => routeConfig),
    clusters: ports.map(({ cluster }) => cluster),
  };
}
