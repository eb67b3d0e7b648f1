import type { GrpcRouteMatch, HttpRouteMatch, Resource } from '@meshwright/model';
import { compareAge } from './compare.ts';
import type { RouteResource } from './routeKinds.ts';

/** What a route's place among its siblings depends on. */
export interface Placed {
  /** Of the spec. */
  readonly priority: number | undefined;
  /** How little it takes. */
  readonly narrowness: Narrowness;
  readonly resource: Resource;
}

/** How little a route takes: the text of its path, the kind of that text, and how many conditions it has besides. */
interface Narrowness {
  readonly path: string;
  readonly rank: number;
  readonly conditions: number;
}

/**
 * Order in which the routes of one router or gateway are tried; Envoy takes the first that matches.
 * Priority and the longest prefix are App Mesh's own rules, the rest settles ties so that order never depends on storage.
 */
export function comparePlaced(a: Placed, b: Placed): number {
  return (
    // 0 first, absent last: a route without a priority yields to all that have one.
    (a.priority ?? ABSENT_PRIORITY) - (b.priority ?? ABSENT_PRIORITY) ||
    // The longer path is the narrower one where two overlap; an expression counts with its text.
    b.narrowness.path.length - a.narrowness.path.length ||
    a.narrowness.rank - b.narrowness.rank ||
    b.narrowness.conditions - a.narrowness.conditions ||
    compareAge(a.resource, b.resource)
  );
}

const ABSENT_PRIORITY = 1001; // priorities end at 1000

/** Order in which the routes of one router are tried. */
export function compareRoutes(a: RouteResource, b: RouteResource): number {
  return comparePlaced(placed(a), placed(b));
}

function placed(entry: RouteResource): Placed {
  const { resource } = entry;
  return { priority: resource.spec.priority, narrowness: narrownessOf(entry), resource };
}

/** One path, an expression, all paths that begin so. */
const RANKS = { exact: 0, regex: 1, prefix: 2 } as const;

function narrownessOf(entry: RouteResource): Narrowness {
  if (entry.kind === 'tcpRoute') return { path: '', rank: RANKS.prefix, conditions: 0 };
  return entry.kind === 'grpcRoute' ? narrownessOfGrpc(entry.route.match) : narrownessOfHttp(entry.route.match);
}

/** How little an HTTP match takes. */
export function narrownessOfHttp({
  path,
  prefix,
  headers = [],
  queryParameters = [],
  method,
  scheme,
}: Partial<HttpRouteMatch>): Narrowness {
  const conditions = headers.length + queryParameters.length + Number(method !== undefined) + Number(scheme !== undefined);
  if (path?.exact !== undefined) return { path: path.exact, rank: RANKS.exact, conditions };
  if (path?.regex !== undefined) return { path: path.regex, rank: RANKS.regex, conditions };
  return { path: prefix ?? '', rank: RANKS.prefix, conditions };
}

/** How little a gRPC match takes. */
export function narrownessOfGrpc({ serviceName = '', methodName, metadata = [] }: GrpcRouteMatch): Narrowness {
  const rank = methodName === undefined ? RANKS.prefix : RANKS.exact;
  return { path: `/${serviceName}/${methodName ?? ''}`, rank, conditions: metadata.length };
}
