export { abovesOf } from './above.ts';
export { type ArnTarget, parseArn } from './arn.ts';
export type { RequestedChange, SpecChange, TagChange, WriteRequest, WriteResult } from './change.ts';
export { type EncodedCommit, encodeCommit } from './commitSize.ts';
export type { Diagnostic } from './diagnostic.ts';
export { MeshError, type MeshErrorCode } from './errors.ts';
export type { VirtualGatewayConnectionPool, VirtualGatewayListener, VirtualGatewayPortProtocol } from './gateway/listener.ts';
export type {
  GatewayRouteSpec,
  GatewayRouteTarget,
  GrpcGatewayRoute,
  HttpGatewayRoute,
} from './gatewayRoute/gatewayRoute.ts';
export type { GatewayRouteHostnameMatch, GrpcGatewayRouteMatch, HttpGatewayRouteMatch } from './gatewayRoute/match.ts';
export type { GrpcGatewayRouteRewrite, HttpGatewayRouteRewrite } from './gatewayRoute/rewrite.ts';
export type { Identity } from './identity.ts';
export type { GrpcRouteMetadata, HeaderMatchMethod, HttpPathMatch, HttpQueryParameter, HttpRouteHeader } from './match/conditions.ts';
export type { MeshSpec } from './mesh.ts';
export { meshId, parseName, proxyName, resourcePath } from './names.ts';
export type { Backend } from './node/backend.ts';
export type {
  HealthCheckPolicy,
  Listener,
  ListenerTimeout,
  OutlierDetection,
  VirtualNodeConnectionPool,
} from './node/listener.ts';
export type { AwsCloudMapServiceDiscovery, DnsServiceDiscovery, ServiceDiscovery } from './node/serviceDiscovery.ts';
export { nodeIdFault, type ParsedNodeId, parseNodeId } from './nodeId.ts';
export type { Logging, LoggingFormat } from './proxy/logging.ts';
export type { ClientPolicy, ListenerTls } from './proxy/tls.ts';
export { type Quotas, quotaProfiles } from './quotas.ts';
export type { MeshReplica, RecentCommit } from './replica.ts';
export { MeshReplicas, type ReplicaLimits } from './replicas.ts';
export type { Kind, MeshKey, MeshState, Metadata, Ref, Resource, Specs } from './resource.ts';
export type { GrpcRouteMatch, HttpRouteMatch, TcpRouteMatch } from './route/match.ts';
export type { GrpcRetryPolicy, HttpRetryPolicy } from './route/retry.ts';
export type { GrpcRoute, HttpRoute, RouteSpec, TcpRoute, WeightedTarget } from './route/route.ts';
export { notPresent } from './rules/wording.ts';
export type { Duration, GrpcTimeout, HttpTimeout, IpPreference, PortMapping, PortProtocol, TcpTimeout } from './schema/common.ts';
export { matchesRegex } from './schema/regex.ts';
export { shown } from './schema/violation.ts';
export { parseSpec } from './spec.ts';
export {
  type Change,
  type CommitInfo,
  type CommitOutcome,
  LOG_RETENTION_DAYS,
  type LogRow,
  type MeshStore,
  type Page,
  type PageRequest,
  type TokenClaim,
  type TokenRecord,
} from './store.ts';
export { parseTagKeys, parseTags, type Tag } from './tag.ts';
export type { VirtualGatewaySpec } from './virtualGateway.ts';
export type { VirtualNodeSpec } from './virtualNode.ts';
export type { VirtualRouterListener, VirtualRouterSpec } from './virtualRouter.ts';
export type { VirtualServiceProvider, VirtualServiceSpec } from './virtualService.ts';
export { MeshWriter, type MeshWriterParts } from './writer.ts';
