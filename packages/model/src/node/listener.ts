import * as v from 'valibot';
import { atLeastOne, healthCheckMembers, poolOfProtocol, withHealthCheckPort } from '../proxy/listener.ts';
import { listenerTls } from '../proxy/tls.ts';
import { duration, grpcTimeout, httpTimeout, portMapping, portProtocol, tcpTimeout } from '../schema/common.ts';
import { integer, long } from '../schema/scalars.ts';
import { oneOf, optional, ruled, structure } from '../schema/structures.ts';

const connectionPool = oneOf({
  /** Calls at once. */
  grpc: structure({ maxRequests: atLeastOne }),
  /** Connections at once, and requests that wait for one; as many as there come unless given. */
  http: structure({ maxConnections: atLeastOne, maxPendingRequests: optional(atLeastOne) }),
  /** Requests at once. */
  http2: structure({ maxRequests: atLeastOne }),
  /** Connections at once. */
  tcp: structure({ maxConnections: atLeastOne }),
});
/** What the node's Envoys let through to the application at once. */
export type VirtualNodeConnectionPool = v.InferOutput<typeof connectionPool>;

const healthCheck = structure(healthCheckMembers(portProtocol));
/** How clients' Envoys find out which instances of the node answer. */
export type HealthCheckPolicy = v.InferOutput<typeof healthCheck>;

const outlierDetection = structure({
  /** Time an instance is left out for, multiplied by how often it was. */
  baseEjectionDuration: duration,
  /** Time between two judgements. */
  interval: duration,
  /** Share of instances that may be left out at once, in percent; one always may. */
  maxEjectionPercent: integer({ min: 0, max: 100 }),
  /** Server errors in a row after which an instance is left out. */
  maxServerErrors: long({ min: 1 }),
});
/** When clients' Envoys leave out an instance for a while. */
export type OutlierDetection = v.InferOutput<typeof outlierDetection>;

const listenerTimeout = oneOf({ grpc: grpcTimeout, http: httpTimeout, http2: httpTimeout, tcp: tcpTimeout });
/** Time limits between the node's Envoys and the application. */
export type ListenerTimeout = v.InferOutput<typeof listenerTimeout>;

const listenerMembers = structure({
  /** Of the protocol of the listener; without it nothing is limited. */
  connectionPool: optional(connectionPool),
  /** Without it every instance that is found counts as healthy. */
  healthCheck: optional(healthCheck),
  /** Without it no instance is left out for its errors. */
  outlierDetection: optional(outlierDetection),
  /** The port, once in a node, and what is spoken on it. */
  portMapping,
  /** Of the protocol of the listener; 15 s for a request and 300 s idle without it. */
  timeout: optional(listenerTimeout),
  /** Without it plain text is spoken. */
  tls: optional(listenerTls),
});
/** A port on which a virtual node takes traffic. */
export type Listener = v.InferOutput<typeof listenerMembers>;

/** A port on which a virtual node takes traffic. */
export const listener = v.pipe(ruled(listenerMembers, poolOfProtocol), v.transform(withHealthCheckPort<Listener>));
