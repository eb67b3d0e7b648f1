import type { GrpcRoute, HttpRoute, PortProtocol, Resource, TcpRoute } from '@meshwright/model';

/** A route with the resource it stands in; the kind is the member of the spec that holds it. */
export type RouteResource = HttpRouteResource | GrpcRouteResource | TcpRouteResource;

interface Stands {
  readonly resource: Resource<'route'>;
  /** What its virtual router's listener must speak. */
  readonly protocol: PortProtocol;
}

/** A route of HTTP or HTTP/2 requests. */
export interface HttpRouteResource extends Stands {
  readonly kind: 'httpRoute' | 'http2Route';
  readonly protocol: 'http' | 'http2';
  readonly route: HttpRoute;
}

/** A route of gRPC calls. */
export interface GrpcRouteResource extends Stands {
  readonly kind: 'grpcRoute';
  readonly protocol: 'grpc';
  readonly route: GrpcRoute;
}

/** A route of connections. */
export interface TcpRouteResource extends Stands {
  readonly kind: 'tcpRoute';
  readonly protocol: 'tcp';
  readonly route: TcpRoute;
}

/** The one route a resource holds. */
export function routeIn(resource: Resource<'route'>): RouteResource {
  const { grpcRoute, http2Route, httpRoute, tcpRoute } = resource.spec;
  if (grpcRoute !== undefined) return { kind: 'grpcRoute', protocol: 'grpc', route: grpcRoute, resource };
  if (http2Route !== undefined) return { kind: 'http2Route', protocol: 'http2', route: http2Route, resource };
  if (httpRoute !== undefined) return { kind: 'httpRoute', protocol: 'http', route: httpRoute, resource };
  return { kind: 'tcpRoute', protocol: 'tcp', route: tcpRoute, resource };
}

/** Port of the virtual router's listener a route is for; undefined = the only one. */
export function matchPort({ route }: RouteResource): number | undefined {
  return route.match?.port;
}
