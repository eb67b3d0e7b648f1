import { ROUTE_TYPE } from '@meshwright/envoy-api';
import type { ProxyStatusEvent } from '@meshwright/relay';
import { MeasurementFailed } from './benchmark.ts';

interface Round {
  readonly sessions: number;
  /** Session → when it acknowledged content that it did not have before. */
  readonly at: Map<number, number>;
  resolve(at: readonly number[]): void;
  reject(error: Error): void;
}

/** Watches a relay's status for the acknowledgements of route configurations, round by round: one change at a time is under way. */
export class RouteAcks {
  readonly #now: () => number;
  /** Session → version it acknowledged last. */
  readonly #versions = new Map<number, string>();
  #round: Round | undefined;
  #failure: MeasurementFailed | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes what the relay reports. */
  observe(event: ProxyStatusEvent): void {
    const at = this.#now();
    if (event.kind === 'rejected') this.fail(`${event.node.id} refused ${event.typeUrl}: ${event.message}`);
    else if (event.kind === 'snapshotUnreadable') this.fail(`a snapshot could not be read: ${event.reason}`);
    else if (event.kind === 'gone' && this.#versions.has(event.session)) this.fail(`${event.node.id} is gone: ${event.reason}`);
    else if (event.kind === 'connected' && event.admission.kind !== 'proxy') this.fail(`${event.node.id}: ${event.admission.reason}`);
    else if (event.kind === 'acked' && event.typeUrl === ROUTE_TYPE) this.#acknowledged(event.session, event.version, at);
  }

  /** Ends this round and those to come with an error; the first reason stays. */
  fail(message: string): void {
    this.#failure ??= new MeasurementFailed(message);
    this.#round?.reject(this.#failure);
  }

  /**
   * When each of `sessions` sessions acknowledged route configurations that are new to it, counted from this call on.
   * @throws MeasurementFailed when a proxy refuses something or goes away meanwhile, or not all have acknowledged within `timeoutMillis`.
   */
  async next(sessions: number, timeoutMillis: number): Promise<readonly number[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
    const round: Round = { sessions, at: new Map(), resolve, reject };
    this.#round = round;
    const timer = setTimeout(() => {
      reject(new MeasurementFailed(`${round.at.size} of ${sessions} proxies acknowledged the routes within ${timeoutMillis} ms`));
    }, timeoutMillis);
    // A round that nobody awaits any more keeps no process alive.
    timer.unref();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#round = undefined;
    }
  }

  #acknowledged(session: number, version: string, at: number): void {
    if (this.#versions.get(session) === version) return;
    this.#versions.set(session, version);
    const round = this.#round;
    if (round === undefined || round.at.has(session)) return;
    round.at.set(session, at);
    if (round.at.size === round.sessions) round.resolve([...round.at.values()]);
  }
}
