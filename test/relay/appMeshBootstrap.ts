/** What differs from one bootstrap to another. */
export interface AppMeshBootstrapOptions {
  readonly nodeId: string;
  /** As `APPMESH_XDS_ENDPOINT` says it: `host:port` or `unix:///path`. */
  readonly xdsEndpoint: string;
  /** Between two PINGs; 10,000 there. */
  readonly keepaliveMillis?: number;
}

const fromAds = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' };

/**
 * What App Mesh's agent makes for its Envoy, as far as a relay notices and a stock Envoy takes it: Google's gRPC client, state of the
 * world, the node with every request, PINGs without end, and by a unix socket a cluster of the proxy's own locality.
 * @see https://github.com/aws/aws-app-mesh-agent/tree/main/agent/config
 */
export function appMeshBootstrap({ nodeId, xdsEndpoint, keepaliveMillis = 10_000 }: AppMeshBootstrapOptions): object {
  const channel = {
    'grpc.keepalive_time_ms': { int_value: keepaliveMillis },
    'grpc.keepalive_timeout_ms': { int_value: 20_000 },
    'grpc.http2.max_pings_without_data': { int_value: 0 },
  };
  const service = { google_grpc: { target_uri: xdsEndpoint, stat_prefix: 'ads', channel_args: { args: channel } } };
  return {
    node: { id: nodeId, cluster: nodeId },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
    dynamic_resources: {
      ads_config: { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [service] },
      lds_config: fromAds,
      cds_config: fromAds,
    },
    ...(xdsEndpoint.startsWith('unix:') && LOCAL),
  };
}

const LOCAL = {
  cluster_manager: { local_cluster_name: 'local_cluster' },
  static_resources: {
    clusters: [
      {
        name: 'local_cluster',
        type: 'EDS',
        eds_cluster_config: { eds_config: { ...fromAds, initial_fetch_timeout: '0.001s' } },
      },
    ],
  },
};
