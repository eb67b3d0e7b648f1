import type * as v from 'valibot';
import { integer, long, oneOfValues, str } from './scalars.ts';
import { optional, structure } from './structures.ts';

/** Name of a mesh, node, router or route inside a spec. */
export const resourceName = str({ min: 1, max: 255 });

/** A TCP port. */
export const port = integer({ min: 1, max: 65_535 });

/** What a listener speaks. */
export const portProtocol = oneOfValues(['http', 'tcp', 'http2', 'grpc']);
/** What a listener speaks. */
export type PortProtocol = v.InferOutput<typeof portProtocol>;

/** A listener's port and what is spoken on it. */
export const portMapping = structure({ port, protocol: portProtocol });
/** A listener's port and what is spoken on it. */
export type PortMapping = v.InferOutput<typeof portMapping>;

/** A length of time; value and unit may each be left out, as in the API model. */
export const duration = structure({ unit: optional(oneOfValues(['s', 'ms'])), value: optional(long({ min: 0 })) });
/** A length of time. */
export type Duration = v.InferOutput<typeof duration>;

/** Time limits of one HTTP or HTTP/2 exchange. */
export const httpTimeout = structure({ idle: optional(duration), perRequest: optional(duration) });
/** Time limits of one HTTP or HTTP/2 exchange. */
export type HttpTimeout = v.InferOutput<typeof httpTimeout>;

/** Time limits of one gRPC exchange. */
export const grpcTimeout = structure({ idle: optional(duration), perRequest: optional(duration) });
/** Time limits of one gRPC exchange. */
export type GrpcTimeout = v.InferOutput<typeof grpcTimeout>;

/** Time limits of one TCP connection. */
export const tcpTimeout = structure({ idle: optional(duration) });
/** Time limits of one TCP connection. */
export type TcpTimeout = v.InferOutput<typeof tcpTimeout>;

/** Which IP versions addresses may have, and which come first. */
export const ipPreference = oneOfValues(['IPv6_PREFERRED', 'IPv4_PREFERRED', 'IPv4_ONLY', 'IPv6_ONLY']);
/** Which IP versions addresses may have, and which come first. */
export type IpPreference = v.InferOutput<typeof ipPreference>;
