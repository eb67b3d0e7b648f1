import { any, type Init } from '@meshwright/envoy-api';
import type { FilterChainSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js';
import { TcpProxySchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import type { HttpChainIr } from '../../ir/proxy.ts';
import { httpConnectionManager } from './httpConnectionManager.ts';

type FilterChain = Init<typeof FilterChainSchema>;

/** Takes HTTP requests to one original destination port. */
export function httpChain(chain: HttpChainIr): FilterChain {
  return { filterChainMatch: { destinationPort: chain.port }, filters: [httpConnectionManager(chain)] };
}

/** Takes connections and carries their bytes to a cluster. */
export function tcpChain(cluster: string, match?: FilterChain['filterChainMatch']): FilterChain {
  const config = any(TcpProxySchema, { statPrefix: 'egress', clusterSpecifier: { case: 'cluster', value: cluster } });
  const filters = [{ name: 'envoy.filters.network.tcp_proxy', configType: { case: 'typedConfig' as const, value: config } }];
  return match === undefined ? { filters } : { filterChainMatch: match, filters };
}
