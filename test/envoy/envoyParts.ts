/** Any part of an Envoy configuration, as JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const TYPES = 'type.googleapis.com/envoy.extensions';
/** The bound on regex programs that App Mesh's images set. */
const APP_MESH_REGEX_BOUND = { name: 'bounds', static_layer: { 're2.max_program_size.error_level': 1000 } };

/** A bootstrap with one listener and one cluster, and what is put into it. */
export function bootstrapOf(parts: { readonly chains?: readonly Json[]; readonly clusters?: readonly Json[] }): Json {
  const { chains = [chainOf({})], clusters = [] } = parts;
  const listener = { name: 'l', address: socketAddress('127.0.0.1'), filter_chains: chains };
  const known = { name: 'c', load_assignment: { cluster_name: 'c', endpoints: [] } };
  return {
    static_resources: { listeners: [listener], clusters: [known, ...clusters] },
    layered_runtime: { layers: [APP_MESH_REGEX_BOUND] },
  };
}

/** A filter chain of HTTP: one virtual host with one route to the cluster `c`. */
export function chainOf(parts: {
  readonly match?: { readonly [member: string]: Json };
  readonly action?: { readonly [member: string]: Json };
  readonly domains?: readonly string[];
  readonly logFormat?: Json;
  readonly port?: number;
}): Json {
  const { match = {}, action = {}, domains = ['*'], logFormat, port } = parts;
  const isPath = 'prefix' in match || 'path' in match || 'safe_regex' in match;
  const route = { match: { ...(!isPath && { prefix: '/' }), ...match }, route: { cluster: 'c', ...action } };
  const manager = {
    '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'test',
    route_config: { virtual_hosts: [{ name: 'v', domains, routes: [route] }] },
    http_filters: [{ name: 'router', typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` } }],
    ...(logFormat !== undefined && { access_log: [fileLog(logFormat)] }),
  };
  return {
    ...(port !== undefined && { filter_chain_match: { destination_port: port }, name: `chain ${port}` }),
    filters: [{ name: 'http', typed_config: manager }],
  };
}

/** A cluster of one DNS name. */
export function dnsCluster(address: string): Json {
  const endpoint = { endpoint: { address: socketAddress(address) } };
  return { name: 'd', type: 'STRICT_DNS', load_assignment: { cluster_name: 'd', endpoints: [{ lb_endpoints: [endpoint] }] } };
}

/** A cluster that checks its endpoints over HTTP. */
export function checkedCluster(path: string): Json {
  const check = { timeout: '2s', interval: '5s', unhealthy_threshold: 2, healthy_threshold: 2, http_health_check: { path } };
  return { name: 'd', health_checks: [check] };
}

/** A cluster that shows a certificate with the name of a secret. */
export function secretCluster(name: string): Json {
  const secret = { name, sds_config: { path_config_source: { path: '/dev/null' } } };
  const context = {
    '@type': `${TYPES}.transport_sockets.tls.v3.UpstreamTlsContext`,
    common_tls_context: { tls_certificate_sds_secret_configs: [secret] },
  };
  return { name: 'd', transport_socket: { name: 'tls', typed_config: context } };
}

function fileLog(logFormat: Json): Json {
  const config = { '@type': `${TYPES}.access_loggers.file.v3.FileAccessLog`, path: '/dev/null', log_format: logFormat };
  return { name: 'file', typed_config: config };
}

function socketAddress(address: string): Json {
  return { socket_address: { address, port_value: 1 } };
}
