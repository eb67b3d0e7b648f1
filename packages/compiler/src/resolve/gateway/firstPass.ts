import { type HttpGatewayRoute, type HttpGatewayRouteMatch, resourcePath } from '@meshwright/model';
import { pointer, type Report } from '../../diagnostics.ts';
import type { ActionIr, HeaderChangesIr, MatchIr, RewriteIr, RouteIr } from '../../ir/proxy.ts';
import { type GatewayRouteResource, keepsHost, targetName } from './gatewayRoutes.ts';
import { PORT_HEADER, SERVICE_HEADER } from './headers.ts';
import { longestTimeout, type TargetedRoute } from './targets.ts';

/** How a gateway sends requests to its second pass. */
export interface SelfRedirect {
  readonly cluster: string;
  readonly port: number;
  /** Services that routes of this gateway want on more than one port, so that the second pass must be told which. */
  readonly manyPorts: ReadonlySet<string>;
}

/** What a gateway route does to a request: chooses the virtual service and rewrites host and path. More than one Envoy route, if need be. */
export function firstPassRoutes(targeted: TargetedRoute, self: SelfRedirect, report: Report): readonly RouteIr[] {
  const { entry, service, traffic } = targeted;
  const { ref } = entry.resource;
  const target = { cluster: self.cluster, port: self.port };
  const action: ActionIr = service === undefined ? { kind: 'unavailable' } : { kind: 'cluster', target };
  const timeout = longestTimeout(traffic?.routes ?? []);
  const common = {
    name: `${ref.parent}/${ref.name}`,
    source: { resource: resourcePath(ref), pointer: '' },
    action,
    headerChanges: headerChanges(targeted, self),
    ...(timeout !== undefined && { timeout }),
  };
  reportRewrite(entry, report);
  return matchesOf(entry).map(({ match, path }) => ({ ...common, match, rewrite: rewriteOf(entry, path) }));
}

interface PathRewrite {
  readonly match: MatchIr;
  readonly path?: RewriteIr['path'];
}

function matchesOf(entry: GatewayRouteResource): readonly PathRewrite[] {
  if (entry.kind === 'grpcRoute') return [{ match: { kind: 'gatewayGrpc', match: entry.route.match } }];
  const { match, action } = entry.route;
  return httpMatches(match, action.rewrite).map(({ path, ...rest }) => ({
    match: { kind: 'gatewayHttp', match: rest.match },
    ...(path !== undefined && { path }),
  }));
}

interface HttpPathRewrite {
  readonly match: HttpGatewayRouteMatch;
  readonly path?: RewriteIr['path'];
}

function httpMatches(match: HttpGatewayRouteMatch, rewrite: HttpGatewayRoute['action']['rewrite'] = {}): readonly HttpPathRewrite[] {
  const { path, prefix } = rewrite;
  if (path?.exact !== undefined) return [{ match, path: { kind: 'whole', value: path.exact } }];
  if (match.prefix === undefined || prefix?.defaultPrefix === 'DISABLED') return [{ match }];
  if (prefix?.value !== undefined) return [{ match, path: { kind: 'prefix', value: prefix.value } }];
  const toRoot = { kind: 'prefix', value: '/' } as const;
  if (match.prefix.endsWith('/')) return [{ match, path: toRoot }];
  // Rewritten by one route, /foo/x would become //x.
  return [
    { match: { ...match, prefix: `${match.prefix}/` }, path: toRoot },
    { match, path: toRoot },
  ];
}

function rewriteOf(entry: GatewayRouteResource, path: RewriteIr['path']): RewriteIr {
  return { ...(!keepsHost(entry) && { host: targetName(entry) }), ...(path !== undefined && { path }) };
}

/** What a client sent under these names would choose for the second pass otherwise. */
function headerChanges({ entry, port }: TargetedRoute, { manyPorts }: SelfRedirect): HeaderChangesIr {
  const name = targetName(entry);
  const service = keepsHost(entry) ? [{ name: SERVICE_HEADER, value: name }] : [];
  const ports = manyPorts.has(name) && port !== undefined ? [{ name: PORT_HEADER, value: String(port) }] : [];
  const set = [...service, ...ports];
  const remove = [SERVICE_HEADER, PORT_HEADER].filter((header) => !set.some((change) => change.name === header));
  return { set, remove };
}

function reportRewrite(entry: GatewayRouteResource, report: Report): void {
  if (entry.kind === 'grpcRoute' || entry.route.match.prefix !== undefined || entry.route.action.rewrite?.prefix === undefined) return;
  report({
    code: 'rewrite-without-effect',
    severity: 'warning',
    ref: entry.resource.ref,
    pointer: pointer(entry.kind, 'action', 'rewrite', 'prefix'),
    message: 'This rewrite has no effect, for the match has no prefix: requests go to the target with the path they came with.',
    fix: 'rewrite the path instead, or match a prefix',
  });
}
