import * as v from 'valibot';
import { regex } from '../schema/regex.ts';
import { bool, long, oneOfValues, type Schema, str } from '../schema/scalars.ts';
import { listOf, oneOf, optional, ruled, structure } from '../schema/structures.ts';
import { must, mustBeGiven } from '../schema/violation.ts';

// The conditions that routes and gateway routes share.

const headerMatch = { min: 1, max: 255 };

const matchRange = ruled(structure({ start: long(), end: long() }), ({ start, end }, refuse) => {
  if (end <= start) refuse(['end'], must(`be greater than start, which is ${start}`, 'the range holds start but not end, widen it'), end);
});

const headerMatchMethod = oneOf({
  /** The whole value. */
  exact: str(headerMatch),
  /** What it begins with. */
  prefix: str(headerMatch),
  /** A whole number from start up to but not including end. */
  range: matchRange,
  /** An RE2 expression that takes the whole value. */
  regex: regex(headerMatch),
  /** What it ends with. */
  suffix: str(headerMatch),
});
/** How the value of a header, or of gRPC metadata, is compared. */
export type HeaderMatchMethod = v.InferOutput<typeof headerMatchMethod>;

const header = structure({
  /** Whether a request must not match instead. */
  invert: optional(bool()),
  /** How its value is compared; without it, it only has to be there. */
  match: optional(headerMatchMethod),
  /** In upper or lower case alike. */
  name: str({ min: 1, max: 50 }),
});
/** A condition on one request header; without `match` the header only has to be there. */
export type HttpRouteHeader = v.InferOutput<typeof header>;
/** A condition on one entry of gRPC metadata; without `match` it only has to be there. */
export type GrpcRouteMetadata = v.InferOutput<typeof header>;

/** Conditions on request headers or gRPC metadata, 1 to 10. */
export const headers = listOf(header, { min: 1, max: 10 });

const queryParameterMatch = ruled(structure({ exact: optional(str()) }), ({ exact }, refuse) => {
  if (exact === undefined) refuse(['exact'], mustBeGiven('in a match'), undefined);
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

/** Conditions on query parameters, 1 to 10. */
export const queryParameters = listOf(queryParameter, { min: 1, max: 10 });

/** A condition on the whole path: its text, or an RE2 expression. */
export const httpPathMatch = oneOf({ exact: str({ min: 1, max: 255 }), regex: regex({ min: 1, max: 255 }) });
/** A condition on the whole path: its text, or an RE2 expression. */
export type HttpPathMatch = v.InferOutput<typeof httpPathMatch>;

/** What paths begin with. The API model says in words that it starts with `/`: without it, Envoy takes it and no request ever matches. */
export const pathPrefix: Schema<string> = v.pipe(
  str(),
  v.check((value) => value.startsWith('/'), must('begin with /', 'every path does, put one in front')),
);

/** A request method. */
export const httpMethod = oneOfValues(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);
