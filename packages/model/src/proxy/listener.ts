import * as v from 'valibot';
import { port } from '../schema/common.ts';
import { integer, long, type Schema, str } from '../schema/scalars.ts';
import { optional, type Refuse } from '../schema/structures.ts';
import { must } from '../schema/violation.ts';

/** A number of connections or requests: at least 1, at most what an API model's integer holds. */
export const atLeastOne = integer({ min: 1 });

// Envoy refuses an empty path and control characters but for a tab; the API model sets no limit.
const checkedPath: Schema<string> = v.pipe(
  str({ min: 1 }),
  v.check(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
    (value) => !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value),
    must('not contain control characters', 'remove them, Envoy refuses them'),
  ),
);

/** Members of a health check by one of these protocols. */
export function healthCheckMembers<P extends string>(protocol: Schema<P>) {
  return {
    /** Successes in a row that make an unhealthy instance healthy. */
    healthyThreshold: integer({ min: 2, max: 10 }),
    /** Time between two checks. */
    intervalMillis: long({ min: 5000, max: 300_000 }),
    /** Asked for over HTTP and HTTP/2; ignored for other protocols. */
    path: optional(checkedPath),
    /** The listener's unless given: the only member of any spec that is filled in. */
    port: optional(port),
    /** What is asked with; it need not be that of the listener. */
    protocol,
    /** Time after which a check without an answer has failed. */
    timeoutMillis: long({ min: 2000, max: 60_000 }),
    /** Failures in a row that make a healthy instance unhealthy. */
    unhealthyThreshold: integer({ min: 2, max: 10 }),
  };
}

/** What listeners of nodes and gateways have in common. */
interface ProxyListener {
  readonly connectionPool?: object;
  readonly healthCheck?: { readonly port?: number };
  readonly portMapping: { readonly port: number; readonly protocol: string };
}

/** Refuses a connection pool of another protocol than its listener's. */
export function poolOfProtocol({ connectionPool: pool, portMapping: { protocol } }: ProxyListener, refuse: Refuse): void {
  if (pool === undefined || Object.hasOwn(pool, protocol)) return;
  refuse(['connectionPool'], must(`be of the listener's protocol, which is ${protocol}`, `move it to connectionPool.${protocol}`), pool);
}

// The only member ever filled in: Terraform reads it back, and the Kubernetes controller ignores exactly this one.
/** The listener with its port as that of a health check that has none. */
export function withHealthCheckPort<L extends ProxyListener>(listener: L): L {
  if (listener.healthCheck === undefined || listener.healthCheck.port !== undefined) return listener;
  return { ...listener, healthCheck: { ...listener.healthCheck, port: listener.portMapping.port } };
}
