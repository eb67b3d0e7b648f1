import type { Init } from '@meshwright/envoy-api';
import { TrafficDirection } from '@meshwright/envoy-api/gen/envoy/config/core/v3/base_pb.js';
import type { ListenerSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_pb.js';
import { EGRESS_PORT, INGRESS_PORT } from '../../ir/names.ts';
import type { EgressListenerIr, GatewayEgressIr, GatewayIngressIr, IngressListenerIr, ListenerIr } from '../../ir/proxy.ts';
import { socketAddress } from '../address.ts';
import { aggregateStats } from '../aggregateStats.ts';
import { listenAddress } from '../ipPreference.ts';
import { passThrough, portChain } from './chains.ts';
import { originalDst, TLS_PORT, tlsInspector, tlsInspectorOn } from './listenerFilters.ts';

type ListenerInit = Init<typeof ListenerSchema>;

/** Translates a listener. */
export function translateListener(ir: ListenerIr): ListenerInit {
  switch (ir.kind) {
    case 'ingress':
      return ingressListener(ir);
    case 'egress':
      return egressListener(ir);
    case 'gatewayIngress':
      return gatewayIngress(ir);
    case 'gatewayEgress':
      return gatewayEgress(ir);
  }
}

function gatewayIngress({ name, chain, ipPreference }: GatewayIngressIr): ListenerInit {
  return {
    name,
    trafficDirection: TrafficDirection.INBOUND,
    address: listenAddress(ipPreference, chain.port),
    metadata: aggregateStats(),
    listenerFilters: [tlsInspector],
    filterChains: [portChain(chain)],
  };
}

function gatewayEgress({ name, chain }: GatewayEgressIr): ListenerInit {
  return {
    name,
    trafficDirection: TrafficDirection.OUTBOUND,
    // Loopback, though named after 0.0.0.0: there a peer would get past the gateway routes.
    address: socketAddress('127.0.0.1', EGRESS_PORT),
    metadata: aggregateStats(),
    filterChains: [portChain(chain)],
  };
}

function ingressListener({ name, chains, ipPreference }: IngressListenerIr): ListenerInit {
  return {
    name,
    trafficDirection: TrafficDirection.INBOUND,
    // PREROUTING redirects to the address of the interface the connection came in on.
    address: listenAddress(ipPreference, INGRESS_PORT),
    metadata: aggregateStats(),
    listenerFilters: [originalDst],
    filterChains: chains.map(portChain),
  };
}

function egressListener({ name, chains, awsCluster, allowAllCluster }: EgressListenerIr): ListenerInit {
  // TLS to a host that is none of the mesh's, on a port where requests are routed: the requests inside cannot be read.
  const encrypted = allowAllCluster === undefined ? [] : chains.filter(({ kind }) => kind === 'http').map(({ port }) => port);
  const unknownTls = encrypted.map((port) => passThrough(allowAllCluster ?? '', { destinationPort: port, transportProtocol: 'tls' }));
  const awsApis = passThrough(awsCluster, { destinationPort: TLS_PORT, serverNames: ['*.amazonaws.com'] });
  return {
    name,
    trafficDirection: TrafficDirection.OUTBOUND,
    // OUTPUT redirects to loopback. On 0.0.0.0, under ALLOW_ALL, one connection from a peer would make Envoy dial itself without end.
    address: socketAddress('127.0.0.1', EGRESS_PORT),
    additionalAddresses: [{ address: socketAddress('::1', EGRESS_PORT) }],
    // Bound whether or not the address is there: where IPv6 is off, as in most containers, Envoy would refuse the whole listener for it.
    freebind: true,
    metadata: aggregateStats(),
    listenerFilters: [originalDst, tlsInspectorOn([TLS_PORT, ...encrypted])],
    filterChains: [...chains.map(portChain), ...unknownTls, awsApis],
    // A chain for 0.0.0.0/0 would not catch port 443 without the server name above; this one does.
    ...(allowAllCluster !== undefined && { defaultFilterChain: passThrough(allowAllCluster) }),
  };
}
