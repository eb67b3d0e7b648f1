import type * as v from 'valibot';
import { duration } from '../schema/common.ts';
import { long, oneOfValues, str } from '../schema/scalars.ts';
import { listOf, optional, structure } from '../schema/structures.ts';

const httpRetry = {
  /** Not an enum in the API model: `server-error`, `gateway-error`, `client-error` and `stream-error` have a meaning. */
  httpRetryEvents: optional(listOf(str({ min: 1, max: 25 }), { min: 1, max: 25 })),
  /** Tries after the first one; 0 for none. */
  maxRetries: long({ min: 0 }),
  /** Time each try has. */
  perRetryTimeout: duration,
  /** Connections that cannot be made. */
  tcpRetryEvents: optional(listOf(oneOfValues(['connection-error']), { min: 1, max: 1 })),
};

const grpcRetryEvent = oneOfValues(['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable']);

/** When and how often an HTTP or HTTP/2 request is tried again. */
export const httpRetryPolicy = structure(httpRetry);
/** When and how often an HTTP or HTTP/2 request is tried again. */
export type HttpRetryPolicy = v.InferOutput<typeof httpRetryPolicy>;

/** When and how often a gRPC call is tried again. */
export const grpcRetryPolicy = structure({ ...httpRetry, grpcRetryEvents: optional(listOf(grpcRetryEvent, { min: 1, max: 5 })) });
/** When and how often a gRPC call is tried again. */
export type GrpcRetryPolicy = v.InferOutput<typeof grpcRetryPolicy>;
