import type { Init } from '@meshwright/envoy-api';
import type { ClusterSchema } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';

/** A cluster under construction. */
export type ClusterInit = Init<typeof ClusterSchema>;

/** Connecting to the application beside the proxy, 0.25 s. */
export const LOCAL_CONNECT_TIMEOUT = { seconds: 0n, nanos: 250_000_000 };

/** Connecting to anything else, 1 s. */
export const REMOTE_CONNECT_TIMEOUT = { seconds: 1n, nanos: 0 };

const NO_LIMIT = 2_147_483_647;

/** Thresholds that never trip; Envoy's own are 1,024, which App Mesh never had. */
export const unlimited: NonNullable<ClusterInit['circuitBreakers']> = {
  thresholds: [{ maxConnections: NO_LIMIT, maxPendingRequests: NO_LIMIT, maxRequests: NO_LIMIT, maxRetries: NO_LIMIT }],
};
