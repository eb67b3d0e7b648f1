import { Cluster_DiscoveryType } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { Listener } from '@meshwright/model';
import type { LocalAppIr } from '../../ir/proxy.ts';
import { socketAddress } from '../address.ts';
import { familiesOf } from '../ipPreference.ts';
import { nothing, type Writers, write } from '../writers.ts';
import { type ClusterInit, LOCAL_CONNECT_TIMEOUT, unlimited } from './clusterInit.ts';
import { speak } from './protocol.ts';

/** What each field of a listener asks of the node's own proxy, on the way to the application. */
const serverSide = {
  portMapping: ({ protocol }, out) => speak(protocol, out), // the port is that of the endpoint, below
  timeout: nothing, // on the ingress route or TCP chain
  connectionPool: nothing, // not compiled yet
  tls: nothing, // on the ingress filter chain, not compiled yet
  healthCheck: nothing, // on the clients' side
  outlierDetection: nothing, // on the clients' side
} satisfies Writers<Listener, ClusterInit>;

/** The cluster of the application beside the proxy. */
export function localAppCluster({ name, listener, ipPreference }: LocalAppIr): ClusterInit {
  const address = socketAddress(familiesOf(ipPreference).app, listener.portMapping.port);
  const out: ClusterInit = {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    connectTimeout: LOCAL_CONNECT_TIMEOUT,
    circuitBreakers: unlimited,
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address } } }] }] },
  };
  write<Listener, ClusterInit>(serverSide, listener, out);
  return out;
}
