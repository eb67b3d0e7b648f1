import * as v from 'valibot';
import { oneOfValues, type Schema, str } from '../schema/scalars.ts';
import { optional, ruled, structure } from '../schema/structures.ts';
import { must } from '../schema/violation.ts';

/** Whether a rewrite that happens by itself does; it does unless told DISABLED. */
const defaultRewrite = oneOfValues(['ENABLED', 'DISABLED']);

/** By default the host becomes the name of the virtual service. */
const hostnameRewrite = structure({ defaultTargetHostname: optional(defaultRewrite) });

/** `/a/` for `/b/` or `/`: with a slash on one side only, `/foo` rewritten to `/bar/` would turn `/foo/x` into `/bar//x`. */
const rewrittenPrefix: Schema<string> = v.pipe(
  str({ min: 1, max: 255 }),
  v.check((value) => value.startsWith('/') && value.endsWith('/'), must('begin and end with /', 'put a / on both sides')),
);

const prefixMembers = structure({
  /** By default the prefix that matched becomes `/`. */
  defaultPrefix: optional(defaultRewrite),
  /** What the prefix that matched becomes; begins and ends with a slash. */
  value: optional(rewrittenPrefix),
});

const prefixRewrite = ruled(prefixMembers, (prefix, refuse) => {
  if (prefix.defaultPrefix !== undefined && prefix.value !== undefined) {
    refuse(
      [],
      must('not have both defaultPrefix and value', 'keep value to rewrite to it, or defaultPrefix to switch the default'),
      prefix,
    );
  }
});

const httpRewriteMembers = structure({
  /** What the host becomes. */
  hostname: optional(hostnameRewrite),
  /** What the whole path becomes; the query stays. */
  path: optional(structure({ exact: optional(str({ min: 1, max: 255 })) })),
  /** What the prefix becomes; not beside a path. */
  prefix: optional(prefixRewrite),
});

/** What an HTTP or HTTP/2 gateway route changes of a request. */
export const httpGatewayRouteRewrite = ruled(httpRewriteMembers, (rewrite, refuse) => {
  if (rewrite.path !== undefined && rewrite.prefix !== undefined) {
    refuse([], must('not have both path and prefix', 'keep the one that the match has'), rewrite);
  }
});
/** What an HTTP or HTTP/2 gateway route changes of a request. */
export type HttpGatewayRouteRewrite = v.InferOutput<typeof httpGatewayRouteRewrite>;

/** What a gRPC gateway route changes of a call. */
export const grpcGatewayRouteRewrite = structure({ hostname: optional(hostnameRewrite) });
/** What a gRPC gateway route changes of a call. */
export type GrpcGatewayRouteRewrite = v.InferOutput<typeof grpcGatewayRouteRewrite>;
