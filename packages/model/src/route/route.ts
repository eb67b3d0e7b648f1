import type * as v from 'valibot';
import { grpcTimeout, httpTimeout, port, resourceName, tcpTimeout } from '../schema/common.ts';
import { integer, type Schema } from '../schema/scalars.ts';
import { listOf, type OneOf, optional, ruled, structure } from '../schema/structures.ts';
import { must } from '../schema/violation.ts';
import { grpcRouteMatch, httpRouteMatch, tcpRouteMatch } from './match.ts';
import { grpcRetryPolicy, httpRetryPolicy } from './retry.ts';

const weightedTarget = structure({
  port: optional(port),
  virtualNode: resourceName,
  weight: integer({ min: 0, max: 100 }),
});
/** A virtual node that gets a share of a route's traffic; shares are relative to each other. */
export type WeightedTarget = v.InferOutput<typeof weightedTarget>;

const routeAction = structure({ weightedTargets: listOf(weightedTarget, { min: 1, max: 10 }) });

const httpRoute = structure({
  action: routeAction,
  match: httpRouteMatch,
  retryPolicy: optional(httpRetryPolicy),
  timeout: optional(httpTimeout),
});
/** A route of HTTP or HTTP/2 requests. */
export type HttpRoute = v.InferOutput<typeof httpRoute>;

const grpcRoute = structure({
  action: routeAction,
  match: grpcRouteMatch,
  retryPolicy: optional(grpcRetryPolicy),
  timeout: optional(grpcTimeout),
});
/** A route of gRPC calls. */
export type GrpcRoute = v.InferOutput<typeof grpcRoute>;

const tcpRoute = structure({ action: routeAction, match: optional(tcpRouteMatch), timeout: optional(tcpTimeout) });
/** A route of TCP connections. */
export type TcpRoute = v.InferOutput<typeof tcpRoute>;

const kinds = { grpcRoute, http2Route: httpRoute, httpRoute, tcpRoute };

const routeMembers = structure({
  grpcRoute: optional(grpcRoute),
  http2Route: optional(httpRoute),
  httpRoute: optional(httpRoute),
  priority: optional(integer({ min: 0, max: 1000 })),
  tcpRoute: optional(tcpRoute),
});

/** Spec of a route: one of four kinds, and a priority, 0 first and absent last. */
export type RouteSpec = { readonly priority?: number } & OneOf<typeof kinds>;

// The API model does not mark it as a union, because of `priority`, but it means one.
/** Spec of a route. */
export const routeSpec = ruled(routeMembers, (spec, refuse) => {
  const names = Object.keys(kinds);
  if (names.filter((name) => Object.hasOwn(spec, name)).length !== 1) {
    refuse([], must(`have exactly one of ${names.join(', ')}`, 'keep one of them'), spec);
  }
}) as Schema<unknown> as Schema<RouteSpec>;
