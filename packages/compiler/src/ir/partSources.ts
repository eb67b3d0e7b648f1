import { ROUTE_TYPE } from '@meshwright/envoy-api';
import { partSourceKey, type Source } from '@meshwright/snapshot';
import type { RouteConfigIr } from './proxy.ts';

/** Where the virtual hosts and routes of a route configuration come from, as a proxy's sources have it. */
export function partSources({ name, virtualHosts }: RouteConfigIr): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>();
  const ambiguous = new Set<string>();
  const add = (kind: 'virtualHosts' | 'routes', part: string | undefined, source: Source | undefined): void => {
    if (part === undefined || source === undefined) return;
    const key = partSourceKey(ROUTE_TYPE, name, kind, part);
    const known = sources.get(key);
    if (known !== undefined && known.resource !== source.resource) ambiguous.add(key);
    sources.set(key, source);
  };
  for (const host of virtualHosts) {
    add('virtualHosts', host.name, host.source);
    for (const route of host.routes) add('routes', route.name, route.source);
  }
  // Names of routers and routes may have slashes: `a/b/c` may be two routes, and nobody can tell which is meant.
  for (const key of ambiguous) sources.delete(key);
  return sources;
}
