import { Cluster_DiscoveryType } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { UnresolvedIr } from '../../ir/proxy.ts';
import { type ClusterInit, REMOTE_CONNECT_TIMEOUT } from './clusterInit.ts';

/** A cluster without endpoints: what is sent to it is answered 503. */
export function unresolvedCluster({ name }: UnresolvedIr): ClusterInit {
  return {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    connectTimeout: REMOTE_CONNECT_TIMEOUT,
    loadAssignment: { clusterName: name },
  };
}
