import type { GatewayRouteSpec, GrpcGatewayRoute, HttpGatewayRoute } from './gatewayRoute.ts';

/** The one route a gateway route's spec holds, told apart by the member that holds it. */
export type KindedGatewayRoute =
  | { readonly kind: 'grpcRoute'; readonly protocol: 'grpc'; readonly route: GrpcGatewayRoute }
  | { readonly kind: 'http2Route'; readonly protocol: 'http2'; readonly route: HttpGatewayRoute }
  | { readonly kind: 'httpRoute'; readonly protocol: 'http'; readonly route: HttpGatewayRoute };

/** The one route a gateway route's spec holds, and the protocol it is for. */
export function gatewayRouteOf(spec: GatewayRouteSpec): KindedGatewayRoute {
  if (spec.grpcRoute !== undefined) return { kind: 'grpcRoute', protocol: 'grpc', route: spec.grpcRoute };
  if (spec.http2Route !== undefined) return { kind: 'http2Route', protocol: 'http2', route: spec.http2Route };
  return { kind: 'httpRoute', protocol: 'http', route: spec.httpRoute };
}
