import { any, type Init } from '@meshwright/envoy-api';
import type {
  ListenerFilterChainMatchPredicateSchema,
  ListenerFilterSchema,
} from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js';
import { OriginalDstSchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
import { TlsInspectorSchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';

type ListenerFilter = Init<typeof ListenerFilterSchema>;
type Predicate = Init<typeof ListenerFilterChainMatchPredicateSchema>;

/** Finds out where a redirected connection was going. */
export const originalDst: ListenerFilter = {
  name: 'envoy.filters.listener.original_dst',
  configType: { case: 'typedConfig', value: any(OriginalDstSchema, {}) },
};

/** Port of the AWS APIs, told from other traffic by the server name. */
export const TLS_PORT = 443;

/**
 * Tells TLS connections, and reads their server name. Off everywhere but on the ports that need it: it waits for the client's first
 * bytes, and a server that speaks first (MySQL, SMTP) would be silent until it gives up. Stands after `originalDst`, whose port it asks for.
 */
export function tlsInspectorOn(ports: readonly number[]): ListenerFilter {
  const rules: Predicate[] = [...new Set(ports)].map((port) => ({
    rule: { case: 'destinationPortRange', value: { start: port, end: port + 1 } },
  })); // end is exclusive
  const [first, ...more] = rules;
  // Envoy wants two rules at least to choose among.
  const value: Predicate = more.length === 0 && first !== undefined ? first : { rule: { case: 'orMatch', value: { rules } } };
  return { ...tlsInspector, filterDisabled: { rule: { case: 'notMatch', value } } };
}

/** Tells TLS connections on every port; for listeners whose clients speak first. */
export const tlsInspector = {
  name: 'envoy.filters.listener.tls_inspector',
  configType: { case: 'typedConfig', value: any(TlsInspectorSchema, {}) },
} satisfies ListenerFilter;
