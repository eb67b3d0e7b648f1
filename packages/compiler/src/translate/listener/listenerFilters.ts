import { any, type Init } from '@meshwright/envoy-api';
import type { ListenerFilterSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js';
import { OriginalDstSchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
import { TlsInspectorSchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';

type ListenerFilter = Init<typeof ListenerFilterSchema>;

/** Finds out where a redirected connection was going. */
export const originalDst: ListenerFilter = {
  name: 'envoy.filters.listener.original_dst',
  configType: { case: 'typedConfig', value: any(OriginalDstSchema, {}) },
};

/** Port of the AWS APIs, told from other traffic by the server name. */
export const TLS_PORT = 443;

/**
 * Reads the server name of TLS connections. Off everywhere but on the one port that needs it: it waits for the client's first
 * bytes, and a server that speaks first (MySQL, SMTP) would be silent until it gives up. Stands after `originalDst`, whose port it asks for.
 */
export const tlsInspector: ListenerFilter = {
  name: 'envoy.filters.listener.tls_inspector',
  configType: { case: 'typedConfig', value: any(TlsInspectorSchema, {}) },
  filterDisabled: {
    rule: {
      case: 'notMatch',
      value: { rule: { case: 'destinationPortRange', value: { start: TLS_PORT, end: TLS_PORT + 1 } } }, // end is exclusive
    },
  },
};
