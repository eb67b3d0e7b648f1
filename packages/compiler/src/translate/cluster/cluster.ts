import type { ClusterIr } from '../../ir/proxy.ts';
import type { ClusterInit } from './clusterInit.ts';
import { localAppCluster } from './localApp.ts';
import { passthroughCluster } from './passthrough.ts';
import { remoteNodeCluster } from './remoteNode.ts';
import { selfRedirectCluster } from './selfRedirect.ts';
import { unresolvedCluster } from './unresolved.ts';

/**
 * Translates a cluster.
 * @see https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/cluster/v3/cluster.proto
 */
export function translateCluster(ir: ClusterIr): ClusterInit {
  switch (ir.kind) {
    case 'localApp':
      return localAppCluster(ir);
    case 'selfRedirect':
      return selfRedirectCluster(ir);
    case 'remoteNode':
      return remoteNodeCluster(ir);
    case 'passthrough':
      return passthroughCluster(ir);
    case 'unresolved':
      return unresolvedCluster(ir);
  }
}
