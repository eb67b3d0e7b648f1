import type * as v from 'valibot';
import { port, resourceName } from '../schema/common.ts';
import { integer, type Schema } from '../schema/scalars.ts';
import { type OneOf, optional, ruled, structure } from '../schema/structures.ts';
import { must } from '../schema/violation.ts';
import { grpcGatewayRouteMatch, httpGatewayRouteMatch } from './match.ts';
import { grpcGatewayRouteRewrite, httpGatewayRouteRewrite } from './rewrite.ts';

const target = structure({
  /** Of a listener of the virtual service's provider; must be given when that has several. */
  port: optional(port),
  virtualService: structure({ virtualServiceName: resourceName }),
});
/** The virtual service a gateway route sends requests to. */
export type GatewayRouteTarget = v.InferOutput<typeof target>;

const httpGatewayRoute = structure({
  action: structure({ rewrite: optional(httpGatewayRouteRewrite), target }),
  match: httpGatewayRouteMatch,
});
/** A gateway route of HTTP or HTTP/2 requests. */
export type HttpGatewayRoute = v.InferOutput<typeof httpGatewayRoute>;

const grpcGatewayRoute = structure({
  action: structure({ rewrite: optional(grpcGatewayRouteRewrite), target }),
  match: grpcGatewayRouteMatch,
});
/** A gateway route of gRPC calls. */
export type GrpcGatewayRoute = v.InferOutput<typeof grpcGatewayRoute>;

const kinds = { grpcRoute: grpcGatewayRoute, http2Route: httpGatewayRoute, httpRoute: httpGatewayRoute };

const gatewayRouteMembers = structure({
  grpcRoute: optional(grpcGatewayRoute),
  http2Route: optional(httpGatewayRoute),
  httpRoute: optional(httpGatewayRoute),
  /** 0 is tried first; without one, after those that have one, the longest prefix first. */
  priority: optional(integer({ min: 0, max: 1000 })),
});

/** Spec of a gateway route: one of three kinds, and a priority, 0 first and absent last. */
export type GatewayRouteSpec = { readonly priority?: number } & OneOf<typeof kinds>;

// The API model does not mark it as a union, because of `priority`, but it means one.
/** Spec of a gateway route. */
export const gatewayRouteSpec = ruled(gatewayRouteMembers, (spec, refuse) => {
  const names = Object.keys(kinds);
  if (names.filter((name) => Object.hasOwn(spec, name)).length !== 1) {
    refuse([], must(`have exactly one of ${names.join(', ')}`, 'keep one of them'), spec);
  }
}) as Schema<unknown> as Schema<GatewayRouteSpec>;
