import type { GrpcRouteMatch, HttpRouteMatch } from '@meshwright/model';
import { compareAge } from './compare.ts';
import type { RouteResource } from './routeKinds.ts';

/**
 * Order in which the routes of one router are tried; Envoy takes the first that matches.
 * Priority and the longest prefix are App Mesh's own rules, the rest settles ties so that order never depends on storage.
 */
export function compareRoutes(a: RouteResource, b: RouteResource): number {
  const [left, right] = [narrownessOf(a), narrownessOf(b)];
  return (
    // 0 first, absent last: a route without a priority yields to all that have one.
    priority(a) - priority(b) ||
    // The longer path is the narrower one where two overlap; an expression counts with its text.
    right.path.length - left.path.length ||
    left.rank - right.rank ||
    right.conditions - left.conditions ||
    compareAge(a.resource, b.resource)
  );
}

const ABSENT_PRIORITY = 1001; // priorities end at 1000

function priority({ resource }: RouteResource): number {
  return resource.spec.priority ?? ABSENT_PRIORITY;
}

/** How little a route takes. */
interface Narrowness {
  readonly path: string;
  readonly rank: number;
  readonly conditions: number;
}

/** One path, an expression, all paths that begin so. */
const RANKS = { exact: 0, regex: 1, prefix: 2 } as const;

function narrownessOf(entry: RouteResource): Narrowness {
  if (entry.kind === 'tcpRoute') return { path: '', rank: RANKS.prefix, conditions: 0 };
  return entry.kind === 'grpcRoute' ? narrownessOfGrpc(entry.route.match) : narrownessOfHttp(entry.route.match);
}

/** How little an HTTP match takes. */
function narrownessOfHttp({ path, prefix, headers = [], queryParameters = [], method, scheme }: HttpRouteMatch): Narrowness {
  const conditions = headers.length + queryParameters.length + Number(method !== undefined) + Number(scheme !== undefined);
  if (path?.exact !== undefined) return { path: path.exact, rank: RANKS.exact, conditions };
  if (path?.regex !== undefined) return { path: path.regex, rank: RANKS.regex, conditions };
  return { path: prefix ?? '', rank: RANKS.prefix, conditions };
}

function narrownessOfGrpc({ serviceName = '', methodName, metadata = [] }: GrpcRouteMatch): Narrowness {
  const rank = methodName === undefined ? RANKS.prefix : RANKS.exact;
  return { path: `/${serviceName}/${methodName ?? ''}`, rank, conditions: metadata.length };
}
