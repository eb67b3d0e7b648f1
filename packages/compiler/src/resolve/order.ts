import type { HttpRoute, HttpRouteMatch, Resource } from '@meshwright/model';
import { compareAge } from './resourcesByKind.ts';

/** An HTTP route with the resource it stands in. */
export interface HttpRouteResource {
  readonly resource: Resource<'route'>;
  readonly route: HttpRoute;
}

/**
 * Order in which the routes of one router are tried; Envoy takes the first that matches.
 * Priority and the longest prefix are App Mesh's own rules, the rest settles ties so that order never depends on storage.
 */
export function compareRoutes(a: HttpRouteResource, b: HttpRouteResource): number {
  return (
    // 0 first, absent last: a route without a priority yields to all that have one.
    priority(a) - priority(b) ||
    // The longer path is the narrower one where two overlap; an expression counts with its text.
    pathText(b.route.match).length - pathText(a.route.match).length ||
    pathRank(a.route.match) - pathRank(b.route.match) ||
    conditionCount(b.route.match) - conditionCount(a.route.match) ||
    compareAge(a.resource, b.resource)
  );
}

const ABSENT_PRIORITY = 1001; // priorities end at 1000

function priority({ resource }: HttpRouteResource): number {
  return resource.spec.priority ?? ABSENT_PRIORITY;
}

function pathText({ path, prefix }: HttpRouteMatch): string {
  return path?.exact ?? path?.regex ?? prefix ?? '';
}

function pathRank({ path }: HttpRouteMatch): number {
  if (path?.exact !== undefined) return 0;
  return path?.regex === undefined ? 2 : 1;
}

function conditionCount({ headers = [], queryParameters = [], method, scheme }: HttpRouteMatch): number {
  return headers.length + queryParameters.length + Number(method !== undefined) + Number(scheme !== undefined);
}
