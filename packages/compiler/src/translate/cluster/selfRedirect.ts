import { Cluster_DiscoveryType } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { VirtualGatewayListener } from '@meshwright/model';
import { EGRESS_PORT } from '../../ir/names.ts';
import type { SelfRedirectIr } from '../../ir/proxy.ts';
import { socketAddress } from '../address.ts';
import { nothing, type Writers, write } from '../writers.ts';
import { type ClusterInit, LOCAL_CONNECT_TIMEOUT, unlimited } from './clusterInit.ts';
import { speak } from './protocol.ts';

/** What each field of a gateway's listener asks of the way to the second pass. */
const fields = {
  portMapping: ({ protocol }, out) => speak(protocol, out),
  connectionPool: nothing, // not compiled yet
  tls: nothing, // on the ingress filter chain, not compiled yet
  healthCheck: nothing, // App Mesh's gateways did nothing with it
} satisfies Writers<VirtualGatewayListener, ClusterInit>;

/** The cluster through which a gateway sends requests to itself. */
export function selfRedirectCluster({ name, listener }: SelfRedirectIr): ClusterInit {
  const value = { address: socketAddress('127.0.0.1', EGRESS_PORT) };
  const out: ClusterInit = {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    connectTimeout: LOCAL_CONNECT_TIMEOUT,
    circuitBreakers: unlimited,
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value } }] }] },
  };
  write<VirtualGatewayListener, ClusterInit>(fields, listener, out);
  return out;
}
