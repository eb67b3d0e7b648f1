import type {
  GrpcGatewayRouteMatch,
  GrpcRetryPolicy,
  GrpcRouteMatch,
  HttpGatewayRouteMatch,
  HttpRouteMatch,
  HttpTimeout,
  IpPreference,
  Listener,
  PortProtocol,
  ServiceDiscovery,
  TcpTimeout,
  VirtualGatewayListener,
} from '@meshwright/model';
import type { Source } from '@meshwright/snapshot';

// The IR owns structure: which listener, which host, which route in what order, to which cluster. Leaf types (match, retry,
// timeout, listener, discovery) are the model's own, unchanged, so that a leaf feature touches the model and `translate/` only.

/** What one proxy has to do: references resolved, names given. Plain JSON values throughout, so that equal IR is equal text. */
export interface ProxyIr {
  readonly listeners: readonly ListenerIr[];
  readonly routeConfigs: readonly RouteConfigIr[];
  readonly clusters: readonly ClusterIr[];
}

/** An Envoy resource by its name, and the place in the mesh it comes from. */
export interface NamedIr {
  readonly name: string;
  readonly source: Source;
}

/** A node's proxy listens on the two ports the interception redirects to, a gateway's on its own and for itself. */
export type ListenerIr = IngressListenerIr | EgressListenerIr | GatewayIngressIr | GatewayEgressIr;

/** Takes what others send to the node's application. */
export interface IngressListenerIr extends NamedIr {
  readonly kind: 'ingress';
  /** At least one: Envoy refuses a listener without chains. */
  readonly chains: readonly ChainIr[];
  readonly ipPreference?: IpPreference;
}

/** Takes what the node's application sends. */
export interface EgressListenerIr extends NamedIr {
  readonly kind: 'egress';
  readonly chains: readonly ChainIr[];
  /** Cluster of AWS APIs, let through whatever the egress filter says. */
  readonly awsCluster: string;
  /** Cluster of everything unknown; absent under DROP_ALL. */
  readonly allowAllCluster?: string;
}

/** Takes what comes to one port of a gateway: the first pass, which chooses the virtual service. */
export interface GatewayIngressIr extends NamedIr {
  readonly kind: 'gatewayIngress';
  readonly chain: HttpChainIr;
  readonly ipPreference?: IpPreference;
}

/** Takes what the gateway sends to itself: the second pass, which routes as for any client of the virtual service. */
export interface GatewayEgressIr extends NamedIr {
  readonly kind: 'gatewayEgress';
  readonly chain: HttpChainIr;
}

/** Traffic to one original destination port. */
export type ChainIr = HttpChainIr | TcpChainIr;

/** Requests; HTTP/1.1, HTTP/2 and gRPC alike. */
export interface HttpChainIr {
  readonly kind: 'http';
  readonly port: number;
  readonly statPrefix: string;
  readonly routeConfig: string;
}

/** Connections, carried as bytes. */
export interface TcpChainIr {
  readonly kind: 'tcp';
  readonly port: number;
  readonly statPrefix: string;
  readonly action: TcpActionIr;
  readonly timeout?: TcpTimeout;
}

/** Where connections go. */
export type TcpActionIr =
  | { readonly kind: 'cluster'; readonly target: TargetIr }
  /** Every weight is above 0: Envoy takes no other here. */
  | { readonly kind: 'weighted'; readonly targets: readonly WeightedTargetIr[] };

/** The hosts behind one HTTP chain. */
export interface RouteConfigIr extends NamedIr {
  readonly virtualHosts: readonly VirtualHostIr[];
  /** Whether `host:port` is taken for `host`, whichever port it is. */
  readonly ignoresPortInHost?: boolean;
}

/** Routes of the requests to some host names; without routes they are answered 404. */
export interface VirtualHostIr {
  readonly name: string;
  readonly domains: readonly string[];
  /** The virtual service it stands for; absent for catch-alls and on the server's side. */
  readonly service?: string;
  /** Absent where it is of no resource but its configuration's. */
  readonly source?: Source;
  /** In the order in which they are tried. */
  readonly routes: readonly RouteIr[];
}

/** Where requests that meet a match go. */
export interface RouteIr {
  /** `<virtual router>/<route>`; absent where no route resource stands behind it. */
  readonly name?: string;
  /** Of the resource behind the name. */
  readonly source?: Source;
  /** The virtual service it is of, where its host does not say. */
  readonly service?: string;
  readonly match: MatchIr;
  /** Besides what the match says. */
  readonly headers?: readonly HeaderConditionIr[];
  readonly action: ActionIr;
  readonly rewrite?: RewriteIr;
  readonly headerChanges?: HeaderChangesIr;
  readonly timeout?: HttpTimeout;
  /** `default` = App Mesh's own policy; absent = requests are not tried again. */
  readonly retryPolicy?: GrpcRetryPolicy | 'default';
}

/** Which requests a route takes. */
export type MatchIr =
  | { readonly kind: 'http'; readonly match: HttpRouteMatch }
  | { readonly kind: 'grpc'; readonly match: GrpcRouteMatch }
  | { readonly kind: 'gatewayHttp'; readonly match: HttpGatewayRouteMatch }
  | { readonly kind: 'gatewayGrpc'; readonly match: GrpcGatewayRouteMatch };

/** A condition on one header that the compiler itself needs. */
export interface HeaderConditionIr {
  readonly name: string;
  /** `exactOrAbsent` also takes requests without the header; `…AnyCase` compares without case. */
  readonly kind: 'exact' | 'exactOrAbsent' | 'exactAnyCase' | 'suffixAnyCase';
  readonly value: string;
}

/** What becomes of a request's host and path on their way. */
export interface RewriteIr {
  readonly host?: string;
  /** `prefix` = what the match's prefix becomes, `whole` = what the path becomes; the query stays. */
  readonly path?: { readonly kind: 'prefix' | 'whole'; readonly value: string };
}

/** What becomes of a request's headers on their way. */
export interface HeaderChangesIr {
  /** In the place of whatever the request had. */
  readonly set?: readonly { readonly name: string; readonly value: string }[];
  readonly remove?: readonly string[];
}

/** What is done with a request. */
export type ActionIr =
  | { readonly kind: 'cluster'; readonly target: TargetIr }
  /** At least one weight is above 0. */
  | { readonly kind: 'weighted'; readonly targets: readonly WeightedTargetIr[] }
  /** Answered 503 by the proxy itself. */
  | { readonly kind: 'unavailable' };

/** A cluster, and the port of the listener behind it (client policies are chosen by it). */
export interface TargetIr {
  readonly cluster: string;
  readonly port: number;
}

/** A target's share, relative to the others'. */
export interface WeightedTargetIr extends TargetIr {
  readonly weight: number;
}

/** What requests are spoken in; tcp carries no requests. */
export type HttpProtocol = Exclude<PortProtocol, 'tcp'>;

/** A group of endpoints. */
export type ClusterIr = LocalAppIr | SelfRedirectIr | RemoteNodeIr | UnresolvedIr | PassthroughIr;

/** The application beside the proxy. */
export interface LocalAppIr extends NamedIr {
  readonly kind: 'localApp';
  readonly listener: Listener;
  readonly ipPreference?: IpPreference;
}

/** A gateway's own second pass. */
export interface SelfRedirectIr extends NamedIr {
  readonly kind: 'selfRedirect';
  readonly listener: VirtualGatewayListener;
}

/** Another virtual node's listener. */
export interface RemoteNodeIr extends NamedIr {
  readonly kind: 'remoteNode';
  /** Name of the virtual node. */
  readonly node: string;
  readonly listener: Listener;
  readonly discovery: Extract<ServiceDiscovery, { readonly dns: unknown }>['dns'];
  /** The node's own, else the mesh's. */
  readonly ipPreference?: IpPreference;
}

/** A target that cannot be reached: without endpoints, so that its share of the traffic is answered 503 and goes to nobody else. */
export interface UnresolvedIr extends NamedIr {
  readonly kind: 'unresolved';
}

/** Wherever the connection was going before it was redirected. */
export interface PassthroughIr extends NamedIr {
  readonly kind: 'passthrough';
  /** `asReceived` speaks upstream what was spoken downstream; `bytes` carries connections, not requests. */
  readonly protocol: 'asReceived' | 'bytes';
}
