import type { RouteConfigIr, RouteIr } from '../ir/proxy.ts';
import { unmetConditions } from './conditions.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type ExplainedRequest, type ReceivedRequest, receive } from './request.ts';
import type { Unmet } from './unmet.ts';
import { type ChosenHost, chooseHost, type LosingHost } from './virtualHost.ts';

/** What a proxy does with a request, and why. */
export interface Explanation {
  /** The request as it was matched, its path normalised; absent when it was answered before. */
  readonly request?: ExplainedRequest;
  /** Absent when no virtual host takes the request's host. */
  readonly host?: ChosenHost;
  readonly otherHosts: readonly LosingHost[];
  /** The first route of the host that takes the request; absent when none does. */
  readonly winner?: PlacedRoute;
  /** All other routes of the host, in the order in which they are tried. */
  readonly losers: readonly LosingRoute[];
  readonly outcome: Outcome;
}

/** A route and its place among those of its virtual host, from 0. */
export interface PlacedRoute {
  readonly route: RouteIr;
  readonly position: number;
}

/** A route that did not get a request. */
export interface LosingRoute extends PlacedRoute {
  /** Every condition that is not met; none = it takes the request too, and the winner comes before it. */
  readonly unmet: readonly Unmet[];
}

/**
 * Predicts what Envoy 1.40 does with a request, and says why: pure, and compared with a real one in tests. It knows what compiled
 * proxies ask of Envoy, not what users' own bootstraps or filters do. What is refused is what is refused over HTTP/1.1; gRPC calls
 * get the same answers as gRPC statuses.
 * @param routes of the chain the request came in by
 */
export function explain(routes: RouteConfigIr, request: ExplainedRequest): Explanation {
  const received = receive(request);
  if ('status' in received) return { otherHosts: [], losers: [], outcome: { kind: 'answered', ...received } };
  const { chosen, others } = chooseHost(routes, received.request.authority);
  const seen = { request: received.request, otherHosts: others };
  if (chosen === undefined) return { ...seen, losers: [], outcome: notFound('no virtual host takes its host') };
  return { ...seen, host: chosen, ...explainRoutes(chosen.virtualHost.routes, received) };
}

function explainRoutes(routes: readonly RouteIr[], request: ReceivedRequest): Pick<Explanation, 'winner' | 'losers' | 'outcome'> {
  const judged = routes.map((route, position) => ({ route, position, unmet: unmetConditions(route, request) }));
  const won = judged.find(({ unmet }) => unmet.length === 0);
  const losers = judged.filter((route) => route !== won);
  if (won === undefined) return { losers, outcome: notFound('no route takes it') };
  return { winner: { route: won.route, position: won.position }, losers, outcome: outcomeOf(won.route, request) };
}

function notFound(why: string): Outcome {
  return { kind: 'answered', status: 404, why };
}
