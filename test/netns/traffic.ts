import { fileURLToPath } from 'node:url';
import type { Namespace } from './network.ts';
import type { Topology } from './topology.ts';

/** What the load generator is told to do. */
export interface TrafficOptions {
  readonly url: string;
  /** Requests under way at once that keep their connection; 4 unless told. */
  readonly keptAlive?: number;
  /** Requests under way at once that open a new connection each; 4 unless told. */
  readonly fresh?: number;
  /** Most requests started in a second; 500 unless told. */
  readonly perSecond?: number;
  /** How often the counts arrive; 100 unless told. */
  readonly reportMillis?: number;
}

/** A request that was not answered with 200 and the name of who answered. */
export interface Failure {
  readonly connection: 'keptAlive' | 'fresh';
  /** Status, or what went wrong below HTTP. */
  readonly reason: string;
  /** Milliseconds from its start. */
  readonly millis: number;
}

/** Requests that were started in one phase and ended since the report before. */
export interface Tally {
  readonly phase: string;
  /** Answers by who gave them (`x-app`). */
  readonly answers: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
}

/** All of a phase so far. */
export interface PhaseCount {
  readonly requests: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
}

/** A load that runs until it is ended, and counts by phases. */
export interface Traffic {
  /**
   * Requests started from now on belong to this phase.
   * @returns when the load generator has taken it in: no later start counts to the phase before.
   */
  begin(phase: string): Promise<void>;
  count(phase: string): PhaseCount;
  /** All phases together. */
  total(): PhaseCount;
  /** Resolves when so many requests of the phase have ended. */
  reached(phase: string, requests: number): Promise<void>;
  /** Calls back with every report as it comes. */
  onTally(listener: (tally: Tally) => void): void;
  /** Stops, and lets the requests under way end; after that the counts are final. */
  end(): Promise<void>;
}

/** What the load generator sends: a tally, or that a phase has begun. */
export type LoadMessage = Tally | { readonly begun: string };

/** What the load generator is sent. */
export type LoadCommand = { readonly begin: string } | { readonly stop: true };

const NONE: PhaseCount = { requests: 0, answers: {}, failures: [] };

function add(count: PhaseCount, { answers, failures }: Pick<Tally, 'answers' | 'failures'>): PhaseCount {
  const sum: Record<string, number> = { ...count.answers };
  for (const [app, times] of Object.entries(answers)) sum[app] = (sum[app] ?? 0) + times;
  const ended = Object.values(answers).reduce((total, times) => total + times, failures.length);
  return { requests: count.requests + ended, answers: sum, failures: [...count.failures, ...failures] };
}

/** Starts a load in a namespace: by default 8 requests at a time, half of them on kept connections, half each on a new one. */
export function startTraffic(topology: Topology, namespace: Namespace, options: TrafficOptions): Traffic {
  const program = topology.start(
    namespace,
    [process.execPath, fileURLToPath(new URL('load.ts', import.meta.url)), JSON.stringify(options)],
    { messages: true },
  );
  const counts = new Map<string, PhaseCount>();
  const listeners = new Set<(message: LoadMessage) => void>();
  program.onMessage((received) => {
    const message = received as LoadMessage; // load.ts sends nothing else
    if ('phase' in message) counts.set(message.phase, add(counts.get(message.phase) ?? NONE, message));
    for (const listener of listeners) listener(message);
  });

  /** Resolves once `happened` is true, looked at with every message; rejects when the load generator ends first. */
  const until = async (happened: (message?: LoadMessage) => boolean) => {
    if (happened()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (message: LoadMessage) => {
      if (happened(message)) resolve();
    };
    listeners.add(look);
    const ended = program.ended.then(() => {
      throw new Error(`the load generator ended: ${program.output().stderr}`);
    });
    await Promise.race([promise, ended]).finally(() => listeners.delete(look));
  };

  return {
    begin: async (phase) => {
      counts.set(phase, counts.get(phase) ?? NONE);
      program.send({ begin: phase } satisfies LoadCommand);
      await until((message) => message !== undefined && 'begun' in message && message.begun === phase);
    },
    count: (phase) => counts.get(phase) ?? NONE,
    total: () => [...counts.values()].reduce(add, NONE),
    reached: (phase, requests) => until(() => (counts.get(phase)?.requests ?? 0) >= requests),
    onTally: (listener) => {
      listeners.add((message) => {
        if ('phase' in message) listener(message);
      });
    },
    end: async () => {
      program.send({ stop: true } satisfies LoadCommand);
      const { status } = await program.ended;
      if (status !== 0) throw new Error(`the load generator failed: ${program.output().stderr}`);
    },
  };
}
