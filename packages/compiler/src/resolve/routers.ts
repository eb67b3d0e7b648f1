import { type PortMapping, type Resource, resourcePath } from '@meshwright/model';
import { pointer } from '../diagnostics.ts';
import type { Reader, Unit } from '../incremental/unit.ts';
import type { ActionIr, ClusterIr, HttpProtocol, RouteIr, WeightedTargetIr } from '../ir/proxy.ts';
import { reportNeverUsed, routeShare } from './neverUsed.ts';
import { nowhere } from './nowhere.ts';
import { compareRoutes } from './order.ts';
import { reportAllZero, reportMismatch, reportRetryEvents, reportShadowed, reportUnresolved, reportUnserved } from './routeFindings.ts';
import { matchPort, type RouteResource, routeIn } from './routeKinds.ts';
import { isCompiledRoute, routeSupport } from './support.ts';
import { resolveTarget } from './targets.ts';
import type { HttpTraffic, PortTraffic, TcpTraffic } from './traffic.ts';

/** A virtual router, whichever proxies use it. */
export interface ResolvedRouter {
  /** What it does on each of its ports; undefined without listeners: nothing says on which port it is expected. */
  readonly ports: readonly PortTraffic[] | undefined;
}

/** The routes of a virtual router, in the order in which they are tried; undefined when there is no such router. */
export const router: Unit<string, ResolvedRouter | undefined> = {
  name: 'router',
  keyOf: (name) => name,
  blame: (name, { mesh }) => ({
    ref: { kind: 'virtualRouter', mesh, name },
    what: `virtual router "${name}"`,
    consequence: 'proxies that use it are not brought up to date',
  }),
  work: (name, reader) => {
    const resource = reader.get({ kind: 'virtualRouter', mesh: reader.mesh.mesh, name });
    if (resource === undefined) return undefined;
    const written = reader.list('route', name);
    for (const { ref } of written) reader.use(routeSupport, ref);
    const routes = written.map(routeIn).filter(isCompiledRoute).sort(compareRoutes);
    return { ports: resolvePorts(reader, resource, routes) };
  },
};

function resolvePorts(
  reader: Reader,
  { ref, spec }: Resource<'virtualRouter'>,
  routes: readonly RouteResource[],
): readonly PortTraffic[] | undefined {
  const listeners = (spec.listeners ?? []).map(({ portMapping }) => portMapping);
  for (const route of routes) {
    reportRetryEvents(route, reader.report);
    if (!listeners.some((listener) => serves(listener, route))) reportUnserved(ref, route, reader.report);
  }
  const shares = routes.flatMap((route) => (route.kind === 'tcpRoute' ? [] : [{ route, share: routeShare(route) }]));
  const onEach = listeners.map((listener) => shares.flatMap(({ route, share }) => (serves(listener, route) ? [share] : [])));
  reportNeverUsed(onEach, reader.report);
  if (listeners.length === 0) return undefined;
  return listeners.map((listener) => {
    const served = routes.filter((route) => serves(listener, route));
    const { protocol, port } = listener;
    return protocol === 'tcp' ? tcpTraffic(reader, port, served) : httpTraffic(reader, port, protocol, served);
  });
}

/** Whether a route belongs to a router's listener: it speaks its protocol and names its port, or none. */
function serves({ port, protocol }: PortMapping, route: RouteResource): boolean {
  return protocol === route.protocol && (matchPort(route) ?? port) === port;
}

function httpTraffic(reader: Reader, port: number, protocol: HttpProtocol, served: readonly RouteResource[]): HttpTraffic {
  const resolved = served.flatMap((route) => {
    if (route.kind === 'tcpRoute') return [];
    const { targets, clusters } = resolveTargets(reader, route, port);
    return [{ route: routeIr(route, actionOf(targets)), clusters }];
  });
  return { port, protocol, routes: resolved.map(({ route }) => route), clusters: resolved.flatMap(({ clusters }) => clusters) };
}

function routeIr(entry: Exclude<RouteResource, { kind: 'tcpRoute' }>, action: ActionIr): RouteIr {
  const { timeout, retryPolicy = 'default' } = entry.route;
  const { ref } = entry.resource;
  const match: RouteIr['match'] =
    entry.kind === 'grpcRoute' ? { kind: 'grpc', match: entry.route.match } : { kind: 'http', match: entry.route.match };
  const source = { resource: resourcePath(ref), pointer: '' };
  return { name: `${ref.parent}/${ref.name}`, source, match, action, ...(timeout !== undefined && { timeout }), retryPolicy };
}

/** Connections carry nothing a route could choose by: the first route takes them all. Without one they are closed. */
function tcpTraffic(reader: Reader, port: number, served: readonly RouteResource[]): TcpTraffic {
  const [first, ...rest] = served;
  const closed: TcpTraffic = { port, protocol: 'tcp', ...nowhere(reader.mesh, port) };
  if (first?.kind !== 'tcpRoute') return closed;
  for (const route of rest) reportShadowed(route, first, reader.report);
  const resolved = resolveTargets(reader, first, port);
  // Envoy takes no weight of 0 here.
  const targets = resolved.targets.filter(({ weight }) => weight > 0);
  if (targets.length === 0) return closed;
  const { timeout } = first.route;
  const used = new Set(targets.map(({ cluster }) => cluster));
  const clusters = resolved.clusters.filter(({ name }) => used.has(name));
  return { port, protocol: 'tcp', action: { kind: 'weighted', targets }, ...(timeout !== undefined && { timeout }), clusters };
}

interface ResolvedTargets {
  readonly targets: readonly WeightedTargetIr[];
  readonly clusters: readonly ClusterIr[];
}

function resolveTargets(reader: Reader, entry: RouteResource, routerPort: number): ResolvedTargets {
  const { weightedTargets } = entry.route.action;
  if (weightedTargets.every(({ weight }) => weight === 0)) {
    reportAllZero(entry, reader.report);
    return { targets: [], clusters: [] };
  }
  const resolved = weightedTargets.map(({ virtualNode, port, weight }, position) => {
    const { target, cluster, problem, protocol } = resolveTarget(reader, {
      node: virtualNode,
      ...(port !== undefined && { port }),
      routerPort,
    });
    const place = pointer(entry.kind, 'action', 'weightedTargets', position);
    if (problem !== undefined) reportUnresolved(entry, place, problem, reader.report);
    else if (protocol !== undefined && protocol !== entry.protocol) reportMismatch(entry, place, virtualNode, protocol, reader.report);
    return { target: { ...target, weight }, cluster };
  });
  return { targets: resolved.map(({ target }) => target), clusters: resolved.map(({ cluster }) => cluster) };
}

/** Without a target requests are answered 503. */
function actionOf(targets: readonly WeightedTargetIr[]): ActionIr {
  return targets.length === 0 ? { kind: 'unavailable' } : { kind: 'weighted', targets };
}
