import type { ActionIr, MatchIr, RouteIr } from '../ir/proxy.ts';
import type { Header } from './proxyHeaders.ts';
import type { ExplainedRequest, ReceivedRequest } from './request.ts';

/** What becomes of a request. */
export type Outcome =
  | {
      readonly kind: 'forwarded';
      /** The clusters it may go to, one or more; each gets its weight's share of such requests, and none is 0. */
      readonly clusters: readonly { readonly cluster: string; readonly weight: number }[];
      /** As it is sent on: rewritten, with changed headers. For a gateway's first pass, this is what the second gets. */
      readonly request: ExplainedRequest;
    }
  | {
      /** Answered by the proxy itself. */
      readonly kind: 'answered';
      readonly status: 400 | 404 | 503;
      readonly why: string;
    };

/** What the route that won does with a request. */
export function outcomeOf({ action, match, rewrite, headerChanges }: RouteIr, received: ReceivedRequest): Outcome {
  if (action.kind === 'unavailable') return { kind: 'answered', status: 503, why: 'the route has no target that requests could go to' };
  const { authority, headers, ...request } = received.request;
  return {
    kind: 'forwarded',
    clusters: clustersOf(action),
    request: {
      ...request,
      authority: rewrite?.host ?? authority,
      path: rewrittenPath(rewrite?.path, match, received),
      headers: changedHeaders(headers, headerChanges),
    },
  };
}

function clustersOf(action: Exclude<ActionIr, { kind: 'unavailable' }>): readonly { readonly cluster: string; readonly weight: number }[] {
  if (action.kind === 'cluster') return [{ cluster: action.target.cluster, weight: 1 }];
  return action.targets.filter(({ weight }) => weight > 0).map(({ cluster, weight }) => ({ cluster, weight }));
}

/** The query stays. A prefix that is rewritten is the one that matched. */
function rewrittenPath(rewrite: NonNullable<RouteIr['rewrite']>['path'], match: MatchIr, { request, path }: ReceivedRequest): string {
  if (rewrite === undefined) return request.path;
  const replaced = rewrite.kind === 'whole' ? path : prefixOf(match, path);
  return rewrite.value + request.path.slice(replaced.length);
}

function prefixOf({ match }: MatchIr, path: string): string {
  return 'prefix' in match && match.prefix !== undefined ? match.prefix : path;
}

function changedHeaders(
  headers: readonly Header[],
  { set = [], remove = [] }: NonNullable<RouteIr['headerChanges']> = {},
): readonly Header[] {
  const gone = new Set([...remove, ...set.map(({ name }) => name)].map((name) => name.toLowerCase()));
  const kept = headers.filter(([name]) => !gone.has(name.toLowerCase()));
  return [...kept, ...set.map(({ name, value }): Header => [name, value])];
}
