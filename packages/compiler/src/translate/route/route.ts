import type { Init } from '@meshwright/envoy-api';
import type { RouteActionSchema, RouteSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_components_pb.js';
import type { RouteConfigurationSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_pb.js';
import type { HttpTimeout } from '@meshwright/model';
import type { ActionIr, RouteConfigIr, RouteIr, VirtualHostIr } from '../../ir/proxy.ts';
import { aggregateStats } from '../aggregateStats.ts';
import { toDuration } from '../duration.ts';
import { type Writers, write } from '../writers.ts';
import { translateMatch } from './match.ts';
import { translateRetryPolicy } from './retryPolicy.ts';
import { translateHeaderChanges, translateRewrite } from './rewrite.ts';

type RouteActionInit = Init<typeof RouteActionSchema>;

/** Translates the route configuration of one HTTP chain. */
export function translateRouteConfig({
  name,
  virtualHosts,
  ignoresPortInHost = false,
}: RouteConfigIr): Init<typeof RouteConfigurationSchema> {
  return {
    name,
    ignorePortInHostMatching: ignoresPortInHost,
    virtualHosts: virtualHosts.map((host) => ({
      name: host.name,
      domains: [...host.domains],
      routes: host.routes.map((route) => translateRoute(route, host)),
    })),
  };
}

function translateRoute(ir: RouteIr, host: VirtualHostIr): Init<typeof RouteSchema> {
  const { name = '', match, headers, action, rewrite, headerChanges, timeout, retryPolicy } = ir;
  const { service = host.service } = ir;
  const metadata = service === undefined ? {} : { metadata: aggregateStats({ TargetVirtualService: service }) };
  const route = { name, match: translateMatch(match, headers), ...metadata, ...(headerChanges && translateHeaderChanges(headerChanges)) };
  if (action.kind === 'unavailable') return { ...route, action: { case: 'directResponse', value: { status: 503 } } };
  const value: RouteActionInit = { clusterSpecifier: clusterSpecifier(action), ...(rewrite && translateRewrite(rewrite)) };
  // Envoy's own 15 s for the request and 5 min for an idle stream hold where the route says nothing.
  if (timeout !== undefined) write<HttpTimeout, RouteActionInit>(timeouts, timeout, value);
  if (retryPolicy !== undefined) value.retryPolicy = translateRetryPolicy(retryPolicy);
  return { ...route, action: { case: 'route', value } };
}

const timeouts = {
  perRequest: (perRequest, out) => {
    out.timeout = toDuration(perRequest); // 0 = no limit, in both APIs
  },
  idle: (idle, out) => {
    out.idleTimeout = toDuration(idle);
  },
} satisfies Writers<HttpTimeout, RouteActionInit>;

function clusterSpecifier(action: Exclude<ActionIr, { kind: 'unavailable' }>): NonNullable<RouteActionInit['clusterSpecifier']> {
  if (action.kind === 'cluster') return { case: 'cluster', value: action.target.cluster };
  const clusters = action.targets.map(({ cluster, weight }) => ({ name: cluster, weight }));
  return { case: 'weightedClusters', value: { clusters } };
}
