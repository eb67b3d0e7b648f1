import * as v from 'valibot';
import { headers, httpMethod, httpPathMatch, pathPrefix, queryParameters } from '../match/conditions.ts';
import { port } from '../schema/common.ts';
import { type Schema, str } from '../schema/scalars.ts';
import { oneOf, optional, ruled, structure } from '../schema/structures.ts';
import { must } from '../schema/violation.ts';

/** A host name, or the end of one. Envoy takes a `*` at either end for a wildcard, which is not what was written, and white space matches no host. */
const hostName: Schema<string> = v.pipe(
  str({ min: 1, max: 253 }),
  v.check(
    (value) => !/[\s*]/u.test(value),
    must('have no * and no white space', 'name one host with exact, or the end of many with suffix'),
  ),
);

// Not marked as a union in the API model, but the Kubernetes controller and Terraform both want exactly one.
const hostnameMatch = oneOf({
  /** The whole host, without a port or with the one that is asked for. */
  exact: hostName,
  /** How the host ends, such as `.example.com`. */
  suffix: hostName,
});
/** A condition on the host a request names: all of it, or how it ends. */
export type GatewayRouteHostnameMatch = v.InferOutput<typeof hostnameMatch>;

/** @see https://docs.aws.amazon.com/app-mesh/latest/userguide/gateway-routes.html */
const RESERVED_PREFIX = /^\/aws-app-?mesh/;
const RESERVED_SERVICE = /^\/?aws\.app-mesh|^aws\.appmesh$/;

const unreservedPrefix: Schema<string> = v.pipe(
  pathPrefix,
  v.check(
    (value) => !RESERVED_PREFIX.test(value),
    must('not begin with /aws-appmesh or /aws-app-mesh', 'App Mesh reserves these, choose another'),
  ),
);

const unreservedService: Schema<string> = v.pipe(
  str(),
  v.check(
    (value) => !RESERVED_SERVICE.test(value),
    must('not begin with aws.app-mesh, nor be aws.appmesh', 'App Mesh reserves these, choose another'),
  ),
);

const httpMatchMembers = structure({
  /** 1 to 10. */
  headers: optional(headers),
  /** The host that is asked for; any without it. */
  hostname: optional(hostnameMatch),
  /** Any without it. */
  method: optional(httpMethod),
  /** Not beside a prefix. */
  path: optional(httpPathMatch),
  /** Of the gateway's listener; must be given when it has several. */
  port: optional(port),
  /** Begins with `/`; not beside a path. */
  prefix: optional(unreservedPrefix),
  /** 1 to 10. */
  queryParameters: optional(queryParameters),
});

/** What an HTTP or HTTP/2 gateway route takes. */
export const httpGatewayRouteMatch = ruled(httpMatchMembers, (match, refuse) => {
  const { hostname, path, prefix } = match;
  if (prefix === undefined && path === undefined && hostname === undefined) {
    refuse([], must('have prefix, path or hostname', 'add prefix "/" to take every path'), match);
  }
  if (prefix !== undefined && path !== undefined) {
    refuse([], must('not have both prefix and path', 'keep one of them'), match);
  }
});
/** What an HTTP or HTTP/2 gateway route takes; all conditions must hold. */
export type HttpGatewayRouteMatch = v.InferOutput<typeof httpGatewayRouteMatch>;

/** What a gRPC gateway route takes. */
export const grpcGatewayRouteMatch = structure({
  /** The host that is asked for; any without it. */
  hostname: optional(hostnameMatch),
  /** 1 to 10. */
  metadata: optional(headers),
  /** Of the gateway's listener; must be given when it has several. */
  port: optional(port),
  /** Full name of the gRPC service, such as `package.Service`. */
  serviceName: optional(unreservedService),
});
/** What a gRPC gateway route takes; all conditions must hold, none means every call. */
export type GrpcGatewayRouteMatch = v.InferOutput<typeof grpcGatewayRouteMatch>;
