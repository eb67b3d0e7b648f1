import type { GrpcRoute, HttpRoute, RouteSpec, TcpRoute } from './route.ts';

/** The one route a spec holds, told apart by the member that holds it. */
export type KindedRoute =
  | { readonly kind: 'grpcRoute'; readonly protocol: 'grpc'; readonly route: GrpcRoute }
  | { readonly kind: 'http2Route'; readonly protocol: 'http2'; readonly route: HttpRoute }
  | { readonly kind: 'httpRoute'; readonly protocol: 'http'; readonly route: HttpRoute }
  | { readonly kind: 'tcpRoute'; readonly protocol: 'tcp'; readonly route: TcpRoute };

/** The one route a spec holds, and the protocol it is for. */
export function routeOf(spec: RouteSpec): KindedRoute {
  if (spec.grpcRoute !== undefined) return { kind: 'grpcRoute', protocol: 'grpc', route: spec.grpcRoute };
  if (spec.http2Route !== undefined) return { kind: 'http2Route', protocol: 'http2', route: spec.http2Route };
  if (spec.httpRoute !== undefined) return { kind: 'httpRoute', protocol: 'http', route: spec.httpRoute };
  return { kind: 'tcpRoute', protocol: 'tcp', route: spec.tcpRoute };
}
