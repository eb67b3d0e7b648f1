import type * as v from 'valibot';
import { port, resourceName } from '../schema/common.ts';
import { integer } from '../schema/scalars.ts';
import { oneOf, optional, structure } from '../schema/structures.ts';
import { grpcGatewayRouteMatch, httpGatewayRouteMatch } from './match.ts';
import { grpcGatewayRouteRewrite, httpGatewayRouteRewrite } from './rewrite.ts';

const target = structure({
  /** Of a listener of the virtual service's provider; must be given when that has several. */
  port: optional(port),
  /** By its name; it must exist. */
  virtualService: structure({ virtualServiceName: resourceName }),
});
/** The virtual service a gateway route sends requests to. */
export type GatewayRouteTarget = v.InferOutput<typeof target>;

const httpGatewayRoute = structure({
  /** Where they go, and what is changed of them. */
  action: structure({ rewrite: optional(httpGatewayRouteRewrite), target }),
  /** Which requests it takes. */
  match: httpGatewayRouteMatch,
});
/** A gateway route of HTTP or HTTP/2 requests. */
export type HttpGatewayRoute = v.InferOutput<typeof httpGatewayRoute>;

const grpcGatewayRoute = structure({
  /** Where they go, and what is changed of them. */
  action: structure({ rewrite: optional(grpcGatewayRouteRewrite), target }),
  /** Which calls it takes. */
  match: grpcGatewayRouteMatch,
});
/** A gateway route of gRPC calls. */
export type GrpcGatewayRoute = v.InferOutput<typeof grpcGatewayRoute>;

// The API model does not mark it as a union, because of `priority`, but it means one.
/** Spec of a gateway route: one of three kinds, and a priority. */
export const gatewayRouteSpec = oneOf(
  { grpcRoute: grpcGatewayRoute, http2Route: httpGatewayRoute, httpRoute: httpGatewayRoute },
  {
    /** 0 is tried first; without one, after those that have one, the longest prefix first. */
    priority: optional(integer({ min: 0, max: 1000 })),
  },
);
/** Spec of a gateway route: one of three kinds, and a priority. */
export type GatewayRouteSpec = v.InferOutput<typeof gatewayRouteSpec>;
