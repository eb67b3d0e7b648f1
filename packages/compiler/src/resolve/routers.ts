import type { HttpRoute, PortMapping, Resource } from '@meshwright/model';
import { isolated, pointer, type Report } from '../diagnostics.ts';
import type { ActionIr, ClusterIr, RouteIr } from '../ir/proxy.ts';
import { httpRetryEvents } from '../ir/retryEvents.ts';
import { compareRoutes, type HttpRouteResource } from './order.ts';
import type { ResourcesByKind } from './resourcesByKind.ts';
import { isCompiledProtocol, isCompiledRoute } from './support.ts';
import { resolveTarget } from './targets.ts';

/** What answers on one port: routes in the order they are tried, and the clusters they name. */
export interface PortRoutes {
  readonly port: number;
  readonly routes: readonly RouteIr[];
  readonly clusters: ReadonlyMap<string, ClusterIr>;
}

/** The routers of a mesh by name. */
export interface ResolvedRouters {
  /**
   * What a router does on each of its ports; undefined when there is no such router.
   * @throws Error when the compiler failed on it: who uses it is better left as it was than told that there is none.
   */
  get(name: string): readonly PortRoutes[] | undefined;
}

/** Resolves every router of a mesh once, whichever proxies use it. */
export function resolveRouters(index: ResourcesByKind, report: Report): ResolvedRouters {
  const routesOf = Map.groupBy(index.routes, ({ ref }) => ref.parent ?? '');
  const resolved = new Map<string, readonly PortRoutes[]>();
  for (const [name, router] of index.routers) {
    const ports = isolated(router.ref, report, 'proxies that use it are not brought up to date', () =>
      resolvePorts(index, router, compiledRoutes(routesOf.get(name) ?? []), report),
    );
    if (ports !== undefined) resolved.set(name, ports);
  }
  return {
    get: (name) => {
      const ports = resolved.get(name);
      if (ports === undefined && index.routers.has(name)) throw new Error(`virtual router "${name}" was not compiled`);
      return ports;
    },
  };
}

function compiledRoutes(routes: readonly Resource<'route'>[]): readonly HttpRouteResource[] {
  const compiled = routes.flatMap((resource) => {
    const { httpRoute } = resource.spec;
    return httpRoute === undefined || !isCompiledRoute(httpRoute, resource.ref) ? [] : [{ resource, route: httpRoute }];
  });
  return compiled.sort(compareRoutes);
}

function resolvePorts(
  index: ResourcesByKind,
  router: Resource<'virtualRouter'>,
  routes: readonly HttpRouteResource[],
  report: Report,
): readonly PortRoutes[] {
  const listeners = (router.spec.listeners ?? []).map(({ portMapping }) => portMapping);
  for (const route of routes) {
    reportRetryEvents(route, report);
    if (!listeners.some((listener) => serves(listener, route))) reportUnserved(router, route, report);
  }
  return listeners
    .filter(({ protocol }) => isCompiledProtocol(protocol))
    .map((listener) => {
      const clusters = new Map<string, ClusterIr>();
      const served = routes.filter((route) => serves(listener, route));
      return { port: listener.port, routes: served.map((route) => resolveRoute(index, route, listener.port, clusters, report)), clusters };
    });
}

/** Whether a route belongs to a router's listener: it speaks its protocol and names its port, or none. */
function serves({ port, protocol }: PortMapping, { route }: HttpRouteResource): boolean {
  return protocol === 'http' && (route.match.port === undefined || route.match.port === port);
}

function resolveRoute(
  index: ResourcesByKind,
  { resource, route }: HttpRouteResource,
  routerPort: number,
  clusters: Map<string, ClusterIr>,
  report: Report,
): RouteIr {
  const { match, timeout, retryPolicy = 'default' } = route;
  const action = resolveAction(index, { resource, route }, routerPort, clusters, report);
  const name = `${resource.ref.parent}/${resource.ref.name}`;
  return { name, match, action, ...(timeout !== undefined && { timeout }), retryPolicy };
}

function resolveAction(
  index: ResourcesByKind,
  { resource, route }: HttpRouteResource,
  routerPort: number,
  clusters: Map<string, ClusterIr>,
  report: Report,
): ActionIr {
  const { weightedTargets } = route.action;
  if (weightedTargets.every(({ weight }) => weight === 0)) {
    reportAllZero(resource, report);
    return { kind: 'unavailable' };
  }
  const targets = weightedTargets.map(({ virtualNode, port, weight }, position) => {
    const { target, cluster, problem } = resolveTarget(index, { node: virtualNode, ...(port !== undefined && { port }), routerPort });
    clusters.set(cluster.name, cluster);
    if (problem !== undefined) reportUnresolved(resource, position, problem, report);
    return { ...target, weight };
  });
  return { kind: 'weighted', targets };
}

function reportAllZero({ ref }: Resource<'route'>, report: Report): void {
  report({
    code: 'all-weights-zero',
    severity: 'warning',
    ref,
    pointer: '/httpRoute/action/weightedTargets',
    message: 'Every weight is 0: requests that match this route are answered 503.',
    fix: 'give one target a weight above 0, or delete the route',
  });
}

function reportUnresolved({ ref }: Resource<'route'>, position: number, problem: string, report: Report): void {
  report({
    code: 'unresolved-target',
    severity: 'error',
    ref,
    pointer: pointer('httpRoute', 'action', 'weightedTargets', position),
    message: `Its share of the traffic is answered 503: ${problem}.`,
    fix: 'name a virtual node and a port that exist, or remove the target',
  });
}

function reportUnserved(router: Resource<'virtualRouter'>, { resource, route }: HttpRouteResource, report: Report): void {
  const which = route.match.port === undefined ? 'an http listener' : `an http listener on port ${route.match.port}`;
  report({
    code: 'route-without-listener',
    severity: 'error',
    ref: resource.ref,
    pointer: route.match.port === undefined ? '/httpRoute' : '/httpRoute/match/port',
    message: `This route is never used: virtual router "${router.ref.name}" does not have ${which}.`,
    fix: 'change the port or protocol of one of them',
  });
}

function reportRetryEvents({ resource, route }: { resource: Resource<'route'>; route: HttpRoute }, report: Report): void {
  for (const [position, event] of (route.retryPolicy?.httpRetryEvents ?? []).entries()) {
    if (httpRetryEvents.has(event)) continue;
    report({
      code: 'unknown-retry-event',
      severity: 'warning',
      ref: resource.ref,
      pointer: pointer('httpRoute', 'retryPolicy', 'httpRetryEvents', position),
      message: `"${event}" is no HTTP retry event: nothing is tried again because of it.`,
      fix: `use ${[...httpRetryEvents.keys()].join(', ')}`,
    });
  }
}
