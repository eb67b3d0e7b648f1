import type { GrpcRetryPolicy } from '@meshwright/model';

type GrpcRetryEvent = NonNullable<GrpcRetryPolicy['grpcRetryEvents']>[number];

/** What makes Envoy try again: conditions of `retry_on`, or status codes. */
export interface RetryCondition {
  readonly on?: readonly string[];
  readonly codes?: readonly number[];
}

/**
 * Meaning of each HTTP retry event; the API takes any string, these are the ones App Mesh documents.
 * Envoy ignores conditions it does not know, so a misspelt one here would silently never retry.
 */
export const httpRetryEvents: ReadonlyMap<string, RetryCondition> = new Map([
  ['server-error', { codes: [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511] }],
  ['gateway-error', { codes: [502, 503, 504] }],
  ['client-error', { codes: [409] }],
  ['stream-error', { on: ['reset', 'refused-stream'] }],
]);

/** Envoy's condition for each gRPC retry event: the same words. */
export const grpcRetryEvents = {
  cancelled: 'cancelled',
  'deadline-exceeded': 'deadline-exceeded',
  internal: 'internal',
  'resource-exhausted': 'resource-exhausted',
  unavailable: 'unavailable',
} as const satisfies { readonly [Event in GrpcRetryEvent]: Event };
