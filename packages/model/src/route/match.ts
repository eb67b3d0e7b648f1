import type * as v from 'valibot';
import { port } from '../schema/common.ts';
import { regex } from '../schema/regex.ts';
import { bool, long, oneOfValues, str } from '../schema/scalars.ts';
import { listOf, oneOf, optional, type Refuse, ruled, structure } from '../schema/structures.ts';
import { must } from '../schema/violation.ts';

const headerMatch = { min: 1, max: 255 };

const matchRange = ruled(structure({ start: long(), end: long() }), ({ start, end }, refuse) => {
  if (end <= start) refuse(['end'], must(`be greater than start, which is ${start}`, 'the range holds start but not end, widen it'), end);
});

const headerMatchMethod = oneOf({
  exact: str(headerMatch),
  prefix: str(headerMatch),
  range: matchRange,
  regex: regex(headerMatch),
  suffix: str(headerMatch),
});
/** How the value of a header, or of gRPC metadata, is compared. */
export type HeaderMatchMethod = v.InferOutput<typeof headerMatchMethod>;

const httpRouteHeader = structure({
  invert: optional(bool()),
  match: optional(headerMatchMethod),
  name: str({ min: 1, max: 50 }),
});
/** A condition on one request header; without `match` the header only has to be there. */
export type HttpRouteHeader = v.InferOutput<typeof httpRouteHeader>;

const queryParameterMatch = ruled(structure({ exact: optional(str()) }), ({ exact }, refuse) => {
  if (exact === undefined) refuse(['exact'], '', undefined);
});

/** Envoy takes names of 1 to 1,024 bytes; the API model sets no limit. */
const MAX_QUERY_NAME_BYTES = 1024;

const queryParameter = ruled(structure({ match: optional(queryParameterMatch), name: str({ min: 1 }) }), ({ name }, refuse) => {
  if (new TextEncoder().encode(name).length > MAX_QUERY_NAME_BYTES) {
    refuse(['name'], must(`have at most ${MAX_QUERY_NAME_BYTES} bytes`, 'shorten it, Envoy takes no longer one'), name);
  }
});
/** A condition on one query parameter; without `match` it only has to be there. */
export type HttpQueryParameter = v.InferOutput<typeof queryParameter>;

const pathMatchMembers = structure({ exact: optional(str({ min: 1, max: 255 })), regex: optional(regex({ min: 1, max: 255 })) });
const httpPathMatch = ruled(pathMatchMembers, (path, refuse) => {
  if ((path.exact === undefined) === (path.regex === undefined)) {
    refuse([], must('have exactly one of exact, regex', 'keep one of them'), path);
  }
});
/** A condition on the whole path: its text, or an RE2 expression. */
export type HttpPathMatch = v.InferOutput<typeof httpPathMatch>;

const httpMatchMembers = structure({
  headers: optional(listOf(httpRouteHeader, { min: 1, max: 10 })),
  method: optional(oneOfValues(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])),
  path: optional(httpPathMatch),
  port: optional(port),
  prefix: optional(str()),
  queryParameters: optional(listOf(queryParameter, { min: 1, max: 10 })),
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

const grpcRouteMetadata = structure({
  invert: optional(bool()),
  match: optional(headerMatchMethod),
  name: str({ min: 1, max: 50 }),
});
/** A condition on one entry of gRPC metadata; without `match` it only has to be there. */
export type GrpcRouteMetadata = v.InferOutput<typeof grpcRouteMetadata>;

const grpcMatchMembers = structure({
  metadata: optional(listOf(grpcRouteMetadata, { min: 1, max: 10 })),
  methodName: optional(str({ min: 1, max: 50 })),
  port: optional(port),
  serviceName: optional(str()),
});

/** What a gRPC route takes. */
export const grpcRouteMatch = ruled(grpcMatchMembers, methodNeedsService);
/** What a gRPC route takes; all conditions must hold, none means every call. */
export type GrpcRouteMatch = v.InferOutput<typeof grpcRouteMatch>;

/** What a TCP route takes. */
export const tcpRouteMatch = structure({ port: optional(port) });
/** What a TCP route takes. */
export type TcpRouteMatch = v.InferOutput<typeof tcpRouteMatch>;

function methodNeedsService(match: v.InferOutput<typeof grpcMatchMembers>, refuse: Refuse): void {
  if (match.methodName !== undefined && match.serviceName === undefined) {
    refuse(['serviceName'], '', undefined);
  }
}
