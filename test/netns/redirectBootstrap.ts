const type = (name: string) => `type.googleapis.com/envoy.${name}`;
const address = (host: string, port: number) => ({ socket_address: { address: host, port_value: port } });
const originalDst = {
  name: 'envoy.filters.listener.original_dst',
  typed_config: { '@type': type('extensions.filters.listener.original_dst.v3.OriginalDst') },
};

const ingress = {
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'ingress',
    route_config: { virtual_hosts: [{ name: 'local', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'app' } }] }] },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': type('extensions.filters.http.router.v3.Router') } }],
  },
};
const egress = {
  name: 'envoy.filters.network.tcp_proxy',
  typed_config: { '@type': type('extensions.filters.network.tcp_proxy.v3.TcpProxy'), stat_prefix: 'egress', cluster: 'passthrough' },
};

/** A sidecar without a control plane, to see the interception alone: in to the application by HTTP, out to wherever the connection was meant for. */
export function redirectBootstrap(): object {
  return {
    admin: { address: address('127.0.0.1', 9901) },
    static_resources: {
      listeners: [
        {
          name: 'lds_ingress_0.0.0.0_15000',
          address: address('0.0.0.0', 15000),
          listener_filters: [originalDst],
          filter_chains: [{ filters: [ingress] }],
        },
        {
          name: 'lds_egress_0.0.0.0_15001',
          // REDIRECT in OUTPUT goes to loopback: 127.0.0.1, and ::1 for IPv6
          address: address('127.0.0.1', 15001),
          additional_addresses: [{ address: address('::1', 15001) }],
          listener_filters: [originalDst],
          filter_chains: [{ filters: [egress] }],
        },
      ],
      clusters: [
        { name: 'passthrough', type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', connect_timeout: '1s' },
        {
          name: 'app',
          type: 'STATIC',
          connect_timeout: '1s',
          load_assignment: {
            cluster_name: 'app',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address('127.0.0.1', 8080) } }] }],
          },
        },
      ],
    },
  };
}
