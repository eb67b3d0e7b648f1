import type { GatewayRouteHostnameMatch, GrpcGatewayRoute, HttpGatewayRoute, PortMapping, Resource } from '@meshwright/model';
import { comparePlaced, narrownessOfGrpc, narrownessOfHttp, type Placed } from '../order.ts';

/** A gateway route with the resource it stands in; the kind is the member of the spec that holds it. */
export type GatewayRouteResource = HttpGatewayRouteResource | GrpcGatewayRouteResource;

/** A gateway route of HTTP or HTTP/2 requests. */
export interface HttpGatewayRouteResource {
  readonly kind: 'httpRoute' | 'http2Route';
  readonly protocol: 'http' | 'http2';
  readonly route: HttpGatewayRoute;
  readonly resource: Resource<'gatewayRoute'>;
}

/** A gateway route of gRPC calls. */
export interface GrpcGatewayRouteResource {
  readonly kind: 'grpcRoute';
  readonly protocol: 'grpc';
  readonly route: GrpcGatewayRoute;
  readonly resource: Resource<'gatewayRoute'>;
}

/** The one route a resource holds. */
export function gatewayRouteIn(resource: Resource<'gatewayRoute'>): GatewayRouteResource {
  const { grpcRoute, http2Route, httpRoute } = resource.spec;
  if (grpcRoute !== undefined) return { kind: 'grpcRoute', protocol: 'grpc', route: grpcRoute, resource };
  if (http2Route !== undefined) return { kind: 'http2Route', protocol: 'http2', route: http2Route, resource };
  return { kind: 'httpRoute', protocol: 'http', route: httpRoute, resource };
}

/** Order in which the routes of one gateway are tried: as those of a router. */
export function compareGatewayRoutes(a: GatewayRouteResource, b: GatewayRouteResource): number {
  return comparePlaced(placed(a), placed(b));
}

function placed({ kind, route, resource }: GatewayRouteResource): Placed {
  const narrowness = kind === 'grpcRoute' ? narrownessOfGrpc(route.match) : narrownessOfHttp(route.match);
  return { priority: resource.spec.priority, narrowness, resource };
}

/** Whether a gateway route belongs to a listener: it speaks its protocol and names its port, or none. */
export function serves({ port, protocol }: PortMapping, entry: GatewayRouteResource): boolean {
  return protocol === entry.protocol && (entry.route.match.port ?? port) === port;
}

/** The condition on the host a request names, if there is one. */
export function hostnameOf({ route }: GatewayRouteResource): GatewayRouteHostnameMatch | undefined {
  return route.match.hostname;
}

/** Whether requests keep the host they came with. */
export function keepsHost({ route }: GatewayRouteResource): boolean {
  return route.action.rewrite?.hostname?.defaultTargetHostname === 'DISABLED';
}

/** Name of the virtual service requests are for. */
export function targetName({ route }: GatewayRouteResource): string {
  return route.action.target.virtualService.virtualServiceName;
}
