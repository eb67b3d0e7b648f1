import { isIP } from 'node:net';

/** What a bootstrap says; the rest comes over xDS. */
export interface BootstrapOptions {
  /** ARN of the proxy, or `mesh/MESH/virtualNode/NODE`. */
  readonly nodeId: string;
  /** Address or DNS name of the relay. */
  readonly xdsHost: string;
  readonly xdsPort: number;
  /** `delta` unless said otherwise. */
  readonly protocol?: 'delta' | 'sotw';
  /** 9901, as App Mesh's images have it; 0 lets Envoy pick one (see its `--admin-address-path`). */
  readonly adminPort?: number;
  /** 127.0.0.1: whoever reaches the admin port may stop the proxy. */
  readonly adminAddress?: string;
  /** Label in metrics and traces; the node id, as App Mesh has it. */
  readonly cluster?: string;
}

const XDS_CLUSTER = 'meshwright_xds';
const ADMIN_PORT = 9901;
/** The relay's own requests are small: a connection that takes longer than this is tried again. */
const CONNECT_TIMEOUT = '5s';
/** A relay that vanished without a word is noticed within half a minute; App Mesh's newer agents have the same numbers. */
const KEEPALIVE = { interval: '10s', timeout: '20s' };
/**
 * Envoy refuses expressions whose program is larger than 100 steps, which `/users/[0-9a-f-]{36}/.*` nearly is; the API takes
 * 1,000 as App Mesh's images do, counted without what RE2 adds for characters beyond ASCII. The empty layer keeps
 * `/runtime_modify` working, as it is without this setting.
 */
const RUNTIME = [
  { name: 'meshwright', static_layer: { 're2.max_program_size.error_level': 10_000 } },
  { name: 'admin', admin_layer: {} },
];
/** Envoy's own wait between tries grows to 30 s; a relay that comes back should have its proxies sooner. */
const RECONNECT = { retry_back_off: { base_interval: '0.5s', max_interval: '5s' } };
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/**
 * Bootstrap of a stock Envoy (1.36 or newer) as one proxy of a mesh, as JSON for `envoy -c FILE` or `--config-yaml`.
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/bootstrap/v3/bootstrap.proto
 */
export function envoyBootstrap(options: BootstrapOptions): object {
  // Without a bound, as App Mesh's: an Envoy that starts while the relay is away waits for it instead of serving nothing.
  const fromAds = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' };
  return {
    node: { id: options.nodeId, cluster: options.cluster ?? options.nodeId },
    admin: { address: socketAddress(options.adminAddress ?? '127.0.0.1', options.adminPort ?? ADMIN_PORT) },
    dynamic_resources: {
      ads_config: {
        api_type: options.protocol === 'sotw' ? 'GRPC' : 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: XDS_CLUSTER, retry_policy: RECONNECT } }],
      },
      lds_config: fromAds,
      cds_config: fromAds,
    },
    static_resources: { clusters: [xdsCluster(options.xdsHost, options.xdsPort)] },
    layered_runtime: { layers: RUNTIME },
  };
}

function xdsCluster(host: string, port: number): object {
  return {
    name: XDS_CLUSTER,
    type: isIP(host) === 0 ? 'STRICT_DNS' : 'STATIC',
    connect_timeout: CONNECT_TIMEOUT,
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: {
        '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
        explicit_http_config: { http2_protocol_options: { connection_keepalive: KEEPALIVE } },
      },
    },
    load_assignment: {
      cluster_name: XDS_CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(host, port) } }] }],
    },
  };
}

function socketAddress(address: string, port: number): object {
  return { socket_address: { address, port_value: port } };
}
