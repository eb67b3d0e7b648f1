import { type GrpcGatewayRouteMatch, type GrpcRouteMatch, type HttpRouteMatch, type Resource, resourcePath } from '@meshwright/model';
import { pointer, type Report } from '../diagnostics.ts';
import type { GatewayRouteResource } from './gateway/gatewayRoutes.ts';
import type { GrpcRouteResource, HttpRouteResource } from './routeKinds.ts';

// Routes that get nothing, for one before them takes all that they would. Only what is plain to see counts: a path that lies within
// another's, and no further condition on the one that comes first.

/** What a route takes, as far as one before it may take all of that. */
export interface RouteShare {
  readonly kind: string;
  readonly resource: Resource;
  /** The hosts it is for; the same text = the same hosts. */
  readonly hosts: string;
  /** The one path it takes, or how its paths begin; absent = an expression says. */
  readonly path?: string;
  readonly isWhole: boolean;
  /** Whether requests must meet more than that. */
  readonly hasConditions: boolean;
}

/** What a route or gateway route takes. */
export function routeShare(entry: HttpRouteResource | GrpcRouteResource | GatewayRouteResource): RouteShare {
  const { kind, resource, route } = entry;
  const { hostname = {} } = route.match as GrpcGatewayRouteMatch;
  const common = { kind, resource, hosts: JSON.stringify(hostname).toLowerCase() };
  return kind === 'grpcRoute' ? { ...common, ...grpcShare(route.match) } : { ...common, ...httpShare(route.match) };
}

type PathShare = Pick<RouteShare, 'path' | 'isWhole' | 'hasConditions'>;

function httpShare({ path, prefix = '/', headers, queryParameters, method, scheme }: Partial<HttpRouteMatch>): PathShare {
  const hasConditions = [headers, queryParameters, method, scheme].some((condition) => condition !== undefined);
  if (path === undefined) return { path: prefix, isWhole: false, hasConditions };
  return { ...(path.exact !== undefined && { path: path.exact }), isWhole: true, hasConditions };
}

function grpcShare({ serviceName, methodName, metadata }: GrpcRouteMatch): PathShare {
  const hasConditions = metadata !== undefined;
  if (methodName !== undefined) return { path: `/${serviceName ?? ''}/${methodName}`, isWhole: true, hasConditions };
  return { path: serviceName === undefined ? '/' : `/${serviceName}/`, isWhole: false, hasConditions };
}

/**
 * Tells of every route that gets nothing on any listener it belongs to.
 * @param listeners for each, its routes in the order in which they are tried
 */
export function reportNeverUsed(listeners: readonly (readonly RouteShare[])[], report: Report): void {
  const found = new Map<RouteShare, RouteShare | undefined>();
  for (const routes of listeners) {
    const takers: RouteShare[] = [];
    for (const route of routes) {
      const first = takers.find((taker) => takesAll(taker, route));
      if (first === undefined && !route.hasConditions) takers.push(route);
      // Once used, used.
      found.set(route, found.has(route) && found.get(route) === undefined ? undefined : first);
    }
  }
  for (const [route, first] of found) if (first !== undefined) reportOne(route, first, report);
}

function takesAll(first: RouteShare, route: RouteShare): boolean {
  if (first.path === undefined || first.hosts !== route.hosts) return false;
  if (first.isWhole) return route.isWhole && route.path === first.path;
  return first.path === '/' || (route.path?.startsWith(first.path) ?? false);
}

function reportOne({ kind, resource: { ref } }: RouteShare, first: RouteShare, report: Report): void {
  report({
    code: 'route-never-used',
    severity: 'warning',
    ref,
    pointer: pointer(kind),
    message: `This route is never used: ${resourcePath(first.resource.ref)} comes before it and takes all that it would.`,
    fix: 'delete one of them, or give this one a lower priority number',
  });
}
