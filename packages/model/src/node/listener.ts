import * as v from 'valibot';
import { atLeastOne, healthCheckMembers, poolOfProtocol, withHealthCheckPort } from '../proxy/listener.ts';
import { listenerTls } from '../proxy/tls.ts';
import { duration, grpcTimeout, httpTimeout, portMapping, portProtocol, tcpTimeout } from '../schema/common.ts';
import { integer, long } from '../schema/scalars.ts';
import { oneOf, optional, ruled, structure } from '../schema/structures.ts';

const connectionPool = oneOf({
  grpc: structure({ maxRequests: atLeastOne }),
  http: structure({ maxConnections: atLeastOne, maxPendingRequests: optional(atLeastOne) }),
  http2: structure({ maxRequests: atLeastOne }),
  tcp: structure({ maxConnections: atLeastOne }),
});
/** What the node's Envoys let through to the application at once. */
export type VirtualNodeConnectionPool = v.InferOutput<typeof connectionPool>;

const healthCheck = structure(healthCheckMembers(portProtocol));
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

/** A port on which a virtual node takes traffic. */
export const listener = v.pipe(ruled(listenerMembers, poolOfProtocol), v.transform(withHealthCheckPort<Listener>));
