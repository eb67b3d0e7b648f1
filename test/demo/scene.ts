import type { Weights } from '../netns/sidecars.ts';
import type { PhaseCount, Tally } from '../netns/traffic.ts';

/** What the picture shows of the control plane. */
export type ControlPlaneState = 'running' | 'killed' | 'starting';

/** One part of the story, with what became of its requests. */
export interface Act {
  readonly title: string;
  readonly weights: Weights;
  /** What happened, once it has; absent until then. */
  readonly detail?: string;
  readonly count: PhaseCount;
}

/** Everything the demo shows at one moment. */
export interface Scene {
  /** The story has been told: no act is under way any more. */
  readonly over: boolean;
  readonly protocol: string;
  /** Seconds since the first request. */
  readonly elapsedSeconds: number;
  readonly controlPlane: ControlPlaneState;
  /** Oldest first; the last is under way until it is over. */
  readonly acts: readonly Act[];
  /** Answers of the last second, by who gave them. */
  readonly lastSecond: Readonly<Record<string, number>>;
  /** Share of servicebv2 in each second so far, oldest first; NaN where nothing was answered. */
  readonly history: readonly number[];
  /** Every request so far, those between two acts too. */
  readonly total: PhaseCount;
}

/** Length of one step of the history. */
const STEP_MILLIS = 1000;

/** The two versions, in the order they are drawn. */
export const VERSIONS = ['serviceb', 'servicebv2'] as const;

interface Arrival {
  readonly at: number;
  readonly answers: Readonly<Record<string, number>>;
}

/** Sum of the answers of several tallies. */
function sum(arrivals: readonly Arrival[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { answers } of arrivals) for (const [app, times] of Object.entries(answers)) total[app] = (total[app] ?? 0) + times;
  return total;
}

/** Share of servicebv2 among the answers, 0 to 1; NaN without any. */
export function share(answers: Readonly<Record<string, number>>): number {
  const { serviceb = 0, servicebv2 = 0 } = answers;
  return servicebv2 / (serviceb + servicebv2);
}

/** Keeps what the load generator tells, by time, and answers the last second and the history from it. */
export class Pulse {
  readonly #now: () => number;
  readonly #started: number;
  #arrivals: readonly Arrival[] = [];
  readonly #steps: Record<string, number>[] = [];

  /** @param now milliseconds that only rise */
  constructor(now: () => number) {
    this.#now = now;
    this.#started = now();
  }

  take({ answers }: Tally): void {
    const at = this.#now();
    this.#arrivals = [...this.#arrivals.filter((arrival) => arrival.at > at - 1000), { at, answers }];
    const step = Math.floor((at - this.#started) / STEP_MILLIS);
    while (this.#steps.length <= step) this.#steps.push({});
    this.#steps[step] = sum([
      { at, answers: this.#steps[step] ?? {} },
      { at, answers },
    ]);
  }

  elapsedSeconds(): number {
    return (this.#now() - this.#started) / 1000;
  }

  lastSecond(): Readonly<Record<string, number>> {
    return sum(this.#arrivals.filter(({ at }) => at > this.#now() - 1000));
  }

  history(): readonly number[] {
    return this.#steps.map(share);
  }
}
