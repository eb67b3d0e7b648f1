import type * as v from 'valibot';
import { headers, httpMethod, httpPathMatch, pathPrefix, queryParameters } from '../match/conditions.ts';
import { port } from '../schema/common.ts';
import { oneOfValues, str } from '../schema/scalars.ts';
import { optional, ruled, structure } from '../schema/structures.ts';
import { must, mustBeGiven } from '../schema/violation.ts';

const httpMatchMembers = structure({
  /** Conditions on headers, 1 to 10. */
  headers: optional(headers),
  /** Any without it. */
  method: optional(httpMethod),
  /** The whole path; beside a prefix it decides. */
  path: optional(httpPathMatch),
  /** Of a listener of the router; must be given when it has several. */
  port: optional(port),
  /** What the path begins with, `/` at least. */
  prefix: optional(pathPrefix),
  /** Conditions on query parameters, 1 to 10. */
  queryParameters: optional(queryParameters),
  /** Any without it. */
  scheme: optional(oneOfValues(['http', 'https'])),
});

/** What an HTTP or HTTP/2 route takes. */
export const httpRouteMatch = ruled(httpMatchMembers, (match, refuse) => {
  // Both together are kept as they are sent, and the path decides: recorded clients send the pair.
  if (match.prefix === undefined && match.path === undefined) {
    refuse([], must('have prefix or path', 'add prefix "/" to take every path'), match);
  }
});
/** What an HTTP or HTTP/2 route takes; all conditions must hold. */
export type HttpRouteMatch = v.InferOutput<typeof httpRouteMatch>;

const grpcMatchMembers = structure({
  /** Conditions on metadata, 1 to 10. */
  metadata: optional(headers),
  /** 1 to 50 characters; only with a service. */
  methodName: optional(str({ min: 1, max: 50 })),
  /** Of a listener of the router; must be given when it has several. */
  port: optional(port),
  /** Full name of the gRPC service, such as `package.Service`. */
  serviceName: optional(str()),
});

/** What a gRPC route takes. */
export const grpcRouteMatch = ruled(grpcMatchMembers, ({ methodName, serviceName }, refuse) => {
  if (methodName !== undefined && serviceName === undefined) refuse(['serviceName'], mustBeGiven('with methodName'), undefined);
});
/** What a gRPC route takes; all conditions must hold, none means every call. */
export type GrpcRouteMatch = v.InferOutput<typeof grpcRouteMatch>;

/** What a TCP route takes. */
export const tcpRouteMatch = structure({ port: optional(port) });
/** What a TCP route takes. */
export type TcpRouteMatch = v.InferOutput<typeof tcpRouteMatch>;
