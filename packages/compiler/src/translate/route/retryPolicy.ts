import { any, type Init } from '@meshwright/envoy-api';
import type { RetryPolicySchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_components_pb.js';
import { PreviousHostsPredicateSchema } from '@meshwright/envoy-api/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import type { GrpcRetryPolicy } from '@meshwright/model';
import { grpcRetryEvents, httpRetryEvents } from '../../ir/retryEvents.ts';
import { toDuration } from '../duration.ts';
import { type Writers, write } from '../writers.ts';

type RetryPolicyInit = Init<typeof RetryPolicySchema>;

interface RetryInit {
  readonly on: Set<string>;
  readonly codes: Set<number>;
  numRetries?: number;
  perTryTimeout?: ReturnType<typeof toDuration>;
}

/** Status codes count only where `retry_on` has this condition. */
const BY_STATUS_CODE = 'retriable-status-codes';

/** Largest value of Envoy's `num_retries`, which has 32 bits; App Mesh sets no limit. */
const MAX_RETRIES = 4_294_967_295;

const fields = {
  httpRetryEvents: (events, out) => {
    for (const event of events) {
      const { on = [], codes = [] } = httpRetryEvents.get(event) ?? {};
      for (const condition of on) out.on.add(condition);
      for (const code of codes) out.codes.add(code);
    }
  },
  grpcRetryEvents: (events, out) => {
    for (const event of events) out.on.add(grpcRetryEvents[event]);
  },
  // There is one event, `connection-error`.
  tcpRetryEvents: (_, out) => void out.on.add('connect-failure'),
  maxRetries: (maxRetries, out) => {
    out.numRetries = Math.min(maxRetries, MAX_RETRIES);
  },
  perRetryTimeout: (timeout, out) => {
    out.perTryTimeout = toDuration(timeout);
  },
} satisfies Writers<GrpcRetryPolicy, RetryInit>;

/** Translates a retry policy; `default` is what App Mesh does on every HTTP, HTTP/2 and gRPC route without one. */
export function translateRetryPolicy(policy: GrpcRetryPolicy | 'default'): RetryPolicyInit {
  if (policy === 'default') return { ...appMeshDefault, ...otherHost };
  const out: RetryInit = { on: new Set(), codes: new Set() };
  write<GrpcRetryPolicy, RetryInit>(fields, policy, out);
  const { on, codes, ...rest } = out;
  if (codes.size > 0) on.add(BY_STATUS_CODE);
  return { ...rest, retryOn: [...on].join(','), retriableStatusCodes: [...codes].sort((a, b) => a - b), ...otherHost };
}

const appMeshDefault = {
  retryOn: `unavailable,reset,connect-failure,refused-stream,${BY_STATUS_CODE}`,
  numRetries: 2,
  retriableStatusCodes: [503],
} satisfies RetryPolicyInit;

/** A retry looks for a host that has not been tried, up to five times. */
const otherHost = {
  retryHostPredicate: [
    {
      name: 'envoy.retry_host_predicates.previous_hosts',
      configType: { case: 'typedConfig', value: any(PreviousHostsPredicateSchema, {}) },
    },
  ],
  hostSelectionRetryMaxAttempts: 5n,
} satisfies RetryPolicyInit;
