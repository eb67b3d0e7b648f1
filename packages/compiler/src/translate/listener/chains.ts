import { any, type Init } from '@meshwright/envoy-api';
import type { FilterChainSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js';
import { TcpProxySchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { TcpTimeout } from '@meshwright/model';
import type { ChainIr, TcpActionIr, TcpChainIr } from '../../ir/proxy.ts';
import { toDuration } from '../duration.ts';
import { type Writers, write } from '../writers.ts';
import { httpConnectionManager } from './httpConnectionManager.ts';

type FilterChain = Init<typeof FilterChainSchema>;
type TcpProxyInit = Init<typeof TcpProxySchema>;

/** A chain for one original destination port. */
export function portChain(ir: ChainIr): FilterChain {
  const filterChainMatch = { destinationPort: ir.port };
  if (ir.kind === 'http') return { filterChainMatch, filters: [httpConnectionManager(ir)] };
  return { filterChainMatch, filters: [tcpProxy(tcpProxyOf(ir))] };
}

/** A chain that takes connections and carries their bytes to a cluster. */
export function passThrough(cluster: string, match?: FilterChain['filterChainMatch']): FilterChain {
  const filters = [tcpProxy({ statPrefix: 'egress', clusterSpecifier: { case: 'cluster', value: cluster } })];
  return match === undefined ? { filters } : { filterChainMatch: match, filters };
}

function tcpProxy(init: TcpProxyInit): NonNullable<FilterChain['filters']>[number] {
  return { name: 'envoy.filters.network.tcp_proxy', configType: { case: 'typedConfig', value: any(TcpProxySchema, init) } };
}

function tcpProxyOf({ statPrefix, action, timeout }: TcpChainIr): TcpProxyInit {
  const out: TcpProxyInit = { statPrefix, clusterSpecifier: clusterSpecifier(action) };
  if (timeout !== undefined) write<TcpTimeout, TcpProxyInit>(timeouts, timeout, out);
  return out;
}

// Where nothing is said, Envoy's own hour holds: App Mesh wrote a time limit only where there was one.
const timeouts = {
  idle: (idle, out) => {
    out.idleTimeout = toDuration(idle); // 0 = no limit, in both APIs
  },
} satisfies Writers<TcpTimeout, TcpProxyInit>;

function clusterSpecifier(action: TcpActionIr): NonNullable<TcpProxyInit['clusterSpecifier']> {
  if (action.kind === 'cluster') return { case: 'cluster', value: action.target.cluster };
  return { case: 'weightedClusters', value: { clusters: action.targets.map(({ cluster, weight }) => ({ name: cluster, weight })) } };
}
