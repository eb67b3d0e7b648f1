import { envoyStats } from '../process/envoyStats.ts';
import { poll } from '../process/poll.ts';
import type { Outcome, Program, ProgramOptions } from '../process/program.ts';
import type { ProxyNamespace } from './network.ts';
import { ENVOY } from './setUp.ts';

/** How an Envoy is run. */
export interface EnvoyOptions {
  /** Worker threads; 1 unless told. */
  readonly concurrency?: number;
  /** Such as `warn` (default), `info` or `debug`. */
  readonly logLevel?: string;
}

/** An Envoy that runs in a namespace as uid 1337, with its admin interface on 127.0.0.1:9901 there. */
export interface Envoy {
  readonly program: Program;
  /**
   * Resolves when Envoy is LIVE: it has had its first clusters and listeners.
   * @throws Error with Envoy's log when it ends before, or after `timeoutMillis` (30,000 unless told).
   */
  ready(timeoutMillis?: number): Promise<void>;
  /** GET on the admin interface. */
  admin(path: string): Promise<string>;
  /** Counters and gauges whose name matches the regular expression, by full name. */
  stats(filter: string): Promise<Readonly<Record<string, number>>>;
  /**
   * Asks until the answer satisfies `wanted`, then returns it; Envoy has no way to tell of its own accord.
   * @throws Error with the last answer and Envoy's log after `timeoutMillis` (30,000 unless told).
   */
  await<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean, timeoutMillis?: number): Promise<T>;
}

const ADMIN = 'http://127.0.0.1:9901';

/** What Envoy needs of the topology it runs in. */
interface Surroundings {
  start(namespace: ProxyNamespace, command: readonly string[], options: ProgramOptions & { readonly uid: number }): Program;
  run(namespace: ProxyNamespace, command: readonly string[]): Promise<Outcome>;
}

/** Starts Envoy with a bootstrap given as an object; part of `Topology`. */
export function startEnvoy(topology: Surroundings, namespace: ProxyNamespace, bootstrap: object, options: EnvoyOptions = {}): Envoy {
  const { concurrency = 1, logLevel = 'warn' } = options;
  const flags = ['--disable-hot-restart', '--concurrency', `${concurrency}`, '--log-level', logLevel];
  const program = topology.start(namespace, [ENVOY, '--config-yaml', JSON.stringify(bootstrap), ...flags], { uid: 1337 });
  let over = false;
  program.ended
    .catch(() => {})
    .finally(() => {
      over = true;
    });

  const admin = async (path: string) => {
    const { status, stdout, stderr } = await topology.run(namespace, ['curl', '-sS', '--fail', '--max-time', '5', `${ADMIN}${path}`]);
    if (status !== 0) throw new Error(`Envoy in ${namespace}, ${path}: ${stderr}`);
    return stdout;
  };
  const stats = (filter: string) => envoyStats(admin, filter);
  const awaitAnswer: Envoy['await'] = (ask, wanted, timeoutMillis) =>
    poll({ what: `Envoy in ${namespace}`, ask, wanted, timeoutMillis, isOver: () => over, explain: () => program.output().stderr });
  const ready = async (timeoutMillis?: number) => {
    const ask = () => admin('/ready').catch((error: Error) => error.message);
    await awaitAnswer(ask, (answer) => answer.trim() === 'LIVE', timeoutMillis);
  };
  return { program, ready, admin, stats, await: awaitAnswer };
}
