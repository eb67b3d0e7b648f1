import type { Init } from '@meshwright/envoy-api';
import { HeaderValueOption_HeaderAppendAction } from '@meshwright/envoy-api/gen/envoy/config/core/v3/base_pb.js';
import type { RouteActionSchema, RouteSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_components_pb.js';
import type { HeaderChangesIr, RewriteIr } from '../../ir/proxy.ts';

/** What becomes of host and path, as fields of a route's action. */
export function translateRewrite({ host, path }: RewriteIr) {
  return {
    ...(host !== undefined && { hostRewriteSpecifier: { case: 'hostRewriteLiteral' as const, value: host } }),
    ...(path?.kind === 'prefix' && { prefixRewrite: path.value }),
    ...(path?.kind === 'whole' && { regexRewrite: wholePath(path.value) }),
  } satisfies Init<typeof RouteActionSchema>;
}

/** Applied to the path without its query; the backslash alone means something in the new text. */
function wholePath(path: string) {
  return { pattern: { regex: '^.*$' }, substitution: path.replaceAll('\\', '\\\\') };
}

/** What becomes of headers, as fields of a route. */
export function translateHeaderChanges({ set = [], remove = [] }: HeaderChangesIr) {
  return {
    // App Mesh appended, and a value that the client had sent already broke its matching.
    requestHeadersToAdd: set.map(({ name, value }) => ({
      header: { key: name, value: literal(value) },
      appendAction: HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
    })),
    requestHeadersToRemove: [...remove],
  } satisfies Init<typeof RouteSchema>;
}

/** Envoy reads the values of headers as formats: a lone `%` would make it refuse all routes, and `%REQ(x)%` would be the client's choice. */
function literal(value: string): string {
  return value.replaceAll('%', '%%');
}
