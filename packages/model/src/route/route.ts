import type * as v from 'valibot';
import { grpcTimeout, httpTimeout, port, resourceName, tcpTimeout } from '../schema/common.ts';
import { integer } from '../schema/scalars.ts';
import { listOf, oneOf, optional, structure } from '../schema/structures.ts';
import { grpcRouteMatch, httpRouteMatch, tcpRouteMatch } from './match.ts';
import { grpcRetryPolicy, httpRetryPolicy } from './retry.ts';

const weightedTarget = structure({
  /** Of a listener of the node; must be given when it has several. */
  port: optional(port),
  /** It must exist. */
  virtualNode: resourceName,
  /** 0 to 100, relative to the others; 0 gets nothing. */
  weight: integer({ min: 0, max: 100 }),
});
/** A virtual node that gets a share of a route's traffic; shares are relative to each other. */
export type WeightedTarget = v.InferOutput<typeof weightedTarget>;

const routeAction = structure({ weightedTargets: listOf(weightedTarget, { min: 1, max: 10 }) });

const httpRoute = structure({
  /** Who gets the traffic, 1 to 10 nodes. */
  action: routeAction,
  /** Which requests it takes. */
  match: httpRouteMatch,
  /** App Mesh's default without it: 2 retries, of resets, refused connections and answers of 503. */
  retryPolicy: optional(httpRetryPolicy),
  /** 15 s for a request and 300 s idle without it. */
  timeout: optional(httpTimeout),
});
/** A route of HTTP or HTTP/2 requests. */
export type HttpRoute = v.InferOutput<typeof httpRoute>;

const grpcRoute = structure({
  /** Who gets the traffic, 1 to 10 nodes. */
  action: routeAction,
  /** Which calls it takes. */
  match: grpcRouteMatch,
  /** App Mesh's default without it: 2 retries, of resets, refused connections and answers of 503. */
  retryPolicy: optional(grpcRetryPolicy),
  /** 15 s for a request and 300 s idle without it. */
  timeout: optional(grpcTimeout),
});
/** A route of gRPC calls. */
export type GrpcRoute = v.InferOutput<typeof grpcRoute>;

const tcpRoute = structure({ action: routeAction, match: optional(tcpRouteMatch), timeout: optional(tcpTimeout) });
/** A route of TCP connections. */
export type TcpRoute = v.InferOutput<typeof tcpRoute>;

// The API model does not mark it as a union, because of `priority`, but it means one.
/** Spec of a route: one of four kinds, and a priority. */
export const routeSpec = oneOf(
  { grpcRoute, http2Route: httpRoute, httpRoute, tcpRoute },
  {
    /** 0 is tried first, absent last. */
    priority: optional(integer({ min: 0, max: 1000 })),
  },
);
/** Spec of a route: one of four kinds, and a priority. */
export type RouteSpec = v.InferOutput<typeof routeSpec>;
