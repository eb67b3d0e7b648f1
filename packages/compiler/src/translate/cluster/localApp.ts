import { Cluster_DiscoveryType } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { Listener } from '@meshwright/model';
import type { LocalAppIr } from '../../ir/proxy.ts';
import { socketAddress } from '../address.ts';
import { nothing, type Writers, write } from '../writers.ts';
import { type ClusterInit, LOCAL_CONNECT_TIMEOUT, unlimited } from './clusterInit.ts';
import { speak } from './protocol.ts';

/** What each field of a listener asks of the node's own proxy, on the way to the application. */
const serverSide = {
  portMapping: ({ port, protocol }, out) => {
    speak(protocol, out);
    const address = socketAddress('127.0.0.1', port);
    const lbEndpoints = [{ hostIdentifier: { case: 'endpoint' as const, value: { address } } }];
    out.loadAssignment = { clusterName: out.name ?? '', endpoints: [{ lbEndpoints }] };
  },
  timeout: nothing, // on the ingress route or TCP chain
  connectionPool: nothing, // not compiled yet
  tls: nothing, // on the ingress filter chain, not compiled yet
  healthCheck: nothing, // on the clients' side
  outlierDetection: nothing, // on the clients' side
} satisfies Writers<Listener, ClusterInit>;

/** The cluster of the application beside the proxy. */
export function localAppCluster({ name, listener }: LocalAppIr): ClusterInit {
  const out: ClusterInit = {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    connectTimeout: LOCAL_CONNECT_TIMEOUT,
    circuitBreakers: unlimited,
  };
  write<Listener, ClusterInit>(serverSide, listener, out);
  return out;
}
