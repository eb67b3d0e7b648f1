import * as v from 'valibot';
import { atLeastOne, healthCheckMembers, poolOfProtocol, withHealthCheckPort } from '../proxy/listener.ts';
import { listenerTls } from '../proxy/tls.ts';
import { port } from '../schema/common.ts';
import { oneOfValues } from '../schema/scalars.ts';
import { oneOf, optional, ruled, structure } from '../schema/structures.ts';

/** What a gateway's listener speaks: a node's protocols but for TCP. */
const gatewayProtocol = oneOfValues(['http', 'http2', 'grpc']);
/** What a gateway's listener speaks: a node's protocols but for TCP. */
export type VirtualGatewayPortProtocol = v.InferOutput<typeof gatewayProtocol>;

const connectionPool = oneOf({
  /** Calls at once. */
  grpc: structure({ maxRequests: atLeastOne }),
  /** Connections at once, and requests that wait for one. */
  http: structure({ maxConnections: atLeastOne, maxPendingRequests: optional(atLeastOne) }),
  /** Requests at once. */
  http2: structure({ maxRequests: atLeastOne }),
});
/** What the gateway's Envoys let through at once. */
export type VirtualGatewayConnectionPool = v.InferOutput<typeof connectionPool>;

const listenerMembers = structure({
  /** Of the listener's protocol. */
  connectionPool: optional(connectionPool),
  /** Stored and read back; the port is the listener's unless given. */
  healthCheck: optional(structure(healthCheckMembers(gatewayProtocol))),
  /** The port, once in a gateway, and what is spoken on it. */
  portMapping: structure({ port, protocol: gatewayProtocol }),
  /** Without it plain text is spoken. */
  tls: optional(listenerTls),
});
/** A port on which a virtual gateway takes traffic. */
export type VirtualGatewayListener = v.InferOutput<typeof listenerMembers>;

/** A port on which a virtual gateway takes traffic. */
export const gatewayListener = v.pipe(ruled(listenerMembers, poolOfProtocol), v.transform(withHealthCheckPort<VirtualGatewayListener>));
