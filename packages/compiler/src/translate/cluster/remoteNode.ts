import { any } from '@meshwright/envoy-api';
import { Cluster_DiscoveryType } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import { CaresDnsResolverConfigSchema } from '@meshwright/envoy-api/gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.js';
import type { DnsServiceDiscovery, Listener } from '@meshwright/model';
import { isIpAddress, withoutLastDot } from '../../ir/discoveryName.ts';
import type { RemoteNodeIr } from '../../ir/proxy.ts';
import { socketAddress } from '../address.ts';
import { aggregateStats } from '../aggregateStats.ts';
import { familiesOf } from '../ipPreference.ts';
import { nothing, type Writers, write } from '../writers.ts';
import { type ClusterInit, REMOTE_CONNECT_TIMEOUT, unlimited } from './clusterInit.ts';
import { speak } from './protocol.ts';

/** What each field of a listener asks of the proxies that send to it. */
const clientSide = {
  portMapping: ({ protocol }, out) => speak(protocol, out), // the port is that of the endpoint, below
  timeout: nothing, // on the server's side
  connectionPool: nothing, // on the server's side
  tls: nothing, // not compiled yet
  healthCheck: nothing, // not compiled yet
  outlierDetection: nothing, // not compiled yet
} satisfies Writers<Listener, ClusterInit>;

const discovery = {
  hostname: nothing, // address of the endpoint, below
  responseType: (responseType, out) => {
    // ENDPOINTS balances over all addresses of an answer, LOADBALANCER connects to the first.
    if (responseType === 'ENDPOINTS') out.clusterDiscoveryType = { case: 'type', value: Cluster_DiscoveryType.STRICT_DNS };
  },
  ipPreference: nothing, // the mesh may have one too: below
} satisfies Writers<DnsServiceDiscovery, ClusterInit>;

/** The cluster of another virtual node's listener, found by DNS. */
export function remoteNodeCluster({ name, node, listener, discovery: dns, ipPreference }: RemoteNodeIr): ClusterInit {
  const { port } = listener.portMapping;
  const hostname = withoutLastDot(dns.hostname);
  // A name gets a dot at its end, so that search domains are not tried; an address with one would not resolve.
  const endpoint = { hostname, address: socketAddress(isIpAddress(hostname) ? hostname : `${hostname}.`, port) };
  const out: ClusterInit = {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.LOGICAL_DNS },
    connectTimeout: REMOTE_CONNECT_TIMEOUT,
    circuitBreakers: unlimited,
    metadata: aggregateStats({ TargetVirtualNode: node }),
    dnsLookupFamily: familiesOf(ipPreference).lookup,
    typedDnsResolverConfig: resolver,
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: endpoint } }] }] },
  };
  write<DnsServiceDiscovery, ClusterInit>(discovery, dns, out);
  write<Listener, ClusterInit>(clientSide, listener, out);
  return out;
}

/** With Envoy's own 5 s and 4 tries a silent DNS server holds back a starting proxy, and every change of clusters, for 1 to 2 minutes. */
const resolver = {
  name: 'envoy.network.dns_resolver.cares',
  typedConfig: any(CaresDnsResolverConfigSchema, { queryTimeoutSeconds: 2n, queryTries: 2 }),
};
