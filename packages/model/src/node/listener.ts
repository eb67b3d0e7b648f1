import * as v from 'valibot';
import { duration, grpcTimeout, httpTimeout, port, portMapping, portProtocol, tcpTimeout } from '../schema/common.ts';
import { integer, long, oneOfValues, str } from '../schema/scalars.ts';
import { oneOf, optional, ruled, structure } from '../schema/structures.ts';
import { must } from '../schema/violation.ts';
import { arn, fileCertificate, fileTrust, sdsSecret, subjectAlternativeNames } from './tls.ts';

const atLeastOne = integer({ min: 1 });

const connectionPool = oneOf({
  grpc: structure({ maxRequests: atLeastOne }),
  http: structure({ maxConnections: atLeastOne, maxPendingRequests: optional(atLeastOne) }),
  http2: structure({ maxRequests: atLeastOne }),
  tcp: structure({ maxConnections: atLeastOne }),
});
/** What the node's Envoys let through to the application at once. */
export type VirtualNodeConnectionPool = v.InferOutput<typeof connectionPool>;

const healthCheck = structure({
  healthyThreshold: integer({ min: 2, max: 10 }),
  intervalMillis: long({ min: 5000, max: 300_000 }),
  path: optional(str()),
  port: optional(port),
  protocol: portProtocol,
  timeoutMillis: long({ min: 2000, max: 60_000 }),
  unhealthyThreshold: integer({ min: 2, max: 10 }),
});
/** How clients' Envoys find out which instances of the node answer. */
export type HealthCheckPolicy = v.InferOutput<typeof healthCheck>;

const outlierDetection = structure({
  baseEjectionDuration: duration,
  interval: duration,
  maxEjectionPercent: integer({ min: 0, max: 100 }),
  maxServerErrors: long({ min: 1 }),
});
/** When clients' Envoys leave out an instance for a while. */
export type OutlierDetection = v.InferOutput<typeof outlierDetection>;

const listenerTimeout = oneOf({ grpc: grpcTimeout, http: httpTimeout, http2: httpTimeout, tcp: tcpTimeout });
/** Time limits between the node's Envoys and the application. */
export type ListenerTimeout = v.InferOutput<typeof listenerTimeout>;

const listenerTls = structure({
  certificate: oneOf({ acm: structure({ certificateArn: arn }), file: fileCertificate, sds: sdsSecret }),
  mode: oneOfValues(['STRICT', 'PERMISSIVE', 'DISABLED']),
  validation: optional(
    structure({
      subjectAlternativeNames: optional(subjectAlternativeNames),
      trust: oneOf({ file: fileTrust, sds: sdsSecret }),
    }),
  ),
});
/** The certificate a listener shows and what it asks of clients. */
export type ListenerTls = v.InferOutput<typeof listenerTls>;

const listenerMembers = structure({
  connectionPool: optional(connectionPool),
  healthCheck: optional(healthCheck),
  outlierDetection: optional(outlierDetection),
  portMapping,
  timeout: optional(listenerTimeout),
  tls: optional(listenerTls),
});
/** A port on which a virtual node takes traffic. */
export type Listener = v.InferOutput<typeof listenerMembers>;

const checkedListener = ruled(listenerMembers, ({ connectionPool: pool, portMapping: { protocol } }, refuse) => {
  if (pool !== undefined && !Object.hasOwn(pool, protocol)) {
    const fix = `move it to connectionPool.${protocol}`;
    refuse(['connectionPool'], must(`be of the listener's protocol, which is ${protocol}`, fix), pool);
  }
});

/** A port on which a virtual node takes traffic. */
export const listener = v.pipe(checkedListener, v.transform(withHealthCheckPort));

// The only member ever filled in: Terraform reads it back, and the Kubernetes controller ignores exactly this one.
function withHealthCheckPort(spec: Listener): Listener {
  if (spec.healthCheck === undefined || spec.healthCheck.port !== undefined) return spec;
  return { ...spec, healthCheck: { ...spec.healthCheck, port: spec.portMapping.port } };
}
