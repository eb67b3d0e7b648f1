import { createRegistry, type DescMessage, fromBinary, type JsonValue, type Message, type Registry, toJson } from '@bufbuild/protobuf';
import { type Any, AnySchema, anyUnpack } from '@bufbuild/protobuf/wkt';
import { file_envoy_config_cluster_v3_cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { file_envoy_config_endpoint_v3_endpoint } from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { file_envoy_config_listener_v3_listener } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { file_envoy_config_route_v3_route } from '../gen/envoy/config/route/v3/route_pb.js';
import { file_envoy_extensions_access_loggers_file_v3_file } from '../gen/envoy/extensions/access_loggers/file/v3/file_pb.js';
import { file_envoy_extensions_filters_http_router_v3_router } from '../gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import { file_envoy_extensions_filters_listener_original_dst_v3_original_dst } from '../gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
import { file_envoy_extensions_filters_listener_tls_inspector_v3_tls_inspector } from '../gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';
import { file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { file_envoy_extensions_filters_network_tcp_proxy_v3_tcp_proxy } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { file_envoy_extensions_network_dns_resolver_cares_v3_cares_dns_resolver } from '../gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.js';
import { file_envoy_extensions_retry_host_previous_hosts_v3_previous_hosts } from '../gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import { file_envoy_extensions_transport_sockets_tls_v3_tls } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import { file_envoy_extensions_upstreams_http_v3_http_protocol_options } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';

/** The resources, and every message they carry in an Any; an extension that is emitted for the first time gets a line here. */
const registry: Registry = createRegistry(
  file_envoy_config_cluster_v3_cluster,
  file_envoy_config_endpoint_v3_endpoint,
  file_envoy_config_listener_v3_listener,
  file_envoy_config_route_v3_route,
  file_envoy_extensions_access_loggers_file_v3_file,
  file_envoy_extensions_filters_http_router_v3_router,
  file_envoy_extensions_filters_listener_original_dst_v3_original_dst,
  file_envoy_extensions_filters_listener_tls_inspector_v3_tls_inspector,
  file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager,
  file_envoy_extensions_filters_network_tcp_proxy_v3_tcp_proxy,
  file_envoy_extensions_network_dns_resolver_cares_v3_cares_dns_resolver,
  file_envoy_extensions_retry_host_previous_hosts_v3_previous_hosts,
  file_envoy_extensions_transport_sockets_tls_v3_tls,
  file_envoy_extensions_upstreams_http_v3_http_protocol_options,
);

/** A decoded message and its descriptor. */
export interface Decoded {
  readonly schema: DescMessage;
  readonly message: Message;
}

/**
 * Decodes what `encode` wrote.
 * @throws TypeError when it carries a message that `json.ts` does not register.
 */
export function decode(bytes: Uint8Array): Decoded {
  return decodeAny(fromBinary(AnySchema, bytes));
}

/**
 * Decodes a message packed in an Any.
 * @throws TypeError when it is of a type that `json.ts` does not register.
 */
export function decodeAny(packed: Any): Decoded {
  const message = anyUnpack(packed, registry);
  const schema = message && registry.getMessage(message.$typeName);
  if (message === undefined || schema === undefined)
    throw new TypeError(`${packed.typeUrl} is not registered: add its file to the registry in json.ts`);
  return { schema, message };
}

/**
 * What `encode` wrote as JSON, with the field names of Envoy's documentation and nested messages spelled out.
 * @throws when it carries a message that `json.ts` does not register.
 */
export function toFieldNames(bytes: Uint8Array): JsonValue {
  const { schema, message } = decode(bytes);
  return typeFirst(toJson(schema, message, { registry, useProtoFieldName: true }));
}

/** Puts `@type` before the fields it explains, as Envoy's documentation does; `toJson` puts it behind them. */
function typeFirst(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(typeFirst);
  if (typeof value !== 'object' || value === null) return value;
  const { '@type': type, ...fields } = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, typeFirst(member)]));
  return type === undefined ? fields : { '@type': type, ...fields };
}
