import { Cluster_DiscoveryType, Cluster_LbPolicy } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { PassthroughIr } from '../../ir/proxy.ts';
import { type ClusterInit, REMOTE_CONNECT_TIMEOUT, unlimited } from './clusterInit.ts';
import { asReceived } from './protocol.ts';

/** A cluster that goes on to wherever the connection was going before it was redirected. */
export function passthroughCluster({ name, protocol }: PassthroughIr): ClusterInit {
  return {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.ORIGINAL_DST },
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED, // Envoy refuses any other here
    connectTimeout: REMOTE_CONNECT_TIMEOUT,
    circuitBreakers: unlimited,
    ...(protocol === 'asReceived' && { typedExtensionProtocolOptions: asReceived }),
  };
}
