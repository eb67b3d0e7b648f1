import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import { type Program, startProgram } from '../process/program.ts';
import { AdsClient, type AdsStream } from '../relay/adsClient.ts';
import { PROXY } from '../relay/handMadeMesh.ts';
import { MeasurementFailed } from './benchmark.ts';
import { type Distribution, distribution, type Spread, spread } from './distribution.ts';
import type { Attacks } from './hostile/attackers.ts';
import type { NextVersion } from './hostile/relayProgram.ts';

/** What is measured. */
export interface HostileOptions {
  /** Proxies that behave, a connection each. */
  readonly proxies: number;
  /** Changes in each run. */
  readonly changes: number;
  /** Runs in peace and under attack, which take turns. */
  readonly runs: number;
  readonly say: (line: string) => void;
}

/** What came out, times in milliseconds from a change until a proxy that behaves has it. */
export interface HostileResult extends Omit<HostileOptions, 'say'> {
  readonly cpus: number;
  readonly node: string;
  readonly peace: readonly Distribution[];
  readonly attack: readonly Distribution[];
  /** p99 of the runs. */
  readonly p99: { readonly peace: Spread; readonly attack: Spread };
  /** Median p99 under attack to that in peace. */
  readonly ratio: number;
  /** What the hostile clients did in all. */
  readonly attacks: Readonly<Attacks>;
}

const FOLDER = join(import.meta.dirname, 'hostile');
/** Longest wait for a change. */
const CHANGE_MILLIS = 20_000;
/** Between changes: hostile clients are at work meanwhile, too. */
const PAUSE_MILLIS = 20;
/** Cold code takes two to three times as long. */
const WARM_UP_CHANGES = 20;

/** Measures how much later proxies that behave hear of changes while others attack their relay. */
export async function measureHostile({ proxies, changes, runs, say }: HostileOptions): Promise<HostileResult> {
  await using relay = startProgram([process.execPath, join(FOLDER, 'relayProgram.ts')], { messages: true });
  const port = Number(await relay.nextLine());
  await using fleet = await Fleet.connect(relay, port, proxies);
  for (let change = 0; change < WARM_UP_CHANGES; change++) await fleet.change();
  const [peace, attack]: [Distribution[], Distribution[]] = [[], []];
  const attacks: Attacks = { requests: 0, resets: 0, bombs: 0, connections: 0 };
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}`);
    peace.push(await measured(fleet, changes));
    await using attackers = startProgram([process.execPath, join(FOLDER, 'attackers.ts'), String(port)], { messages: true });
    await attackers.nextLine(); // all are at work
    attack.push(await measured(fleet, changes));
    const did = JSON.parse(attackers.output().stdout.trimEnd().split('\n').at(-1) ?? '{}') as Attacks;
    for (const kind of Object.keys(attacks) as (keyof Attacks)[]) attacks[kind] += did[kind];
  }
  const p99 = { peace: spread(peace.map((one) => one.p99)), attack: spread(attack.map((one) => one.p99)) };
  const setting = { proxies, changes, runs, cpus: availableParallelism(), node: process.version };
  return { ...setting, peace, attack, p99, ratio: Math.round((100 * p99.attack.median) / p99.peace.median) / 100, attacks };
}

async function measured(fleet: Fleet, changes: number): Promise<Distribution> {
  const millis: number[] = [];
  for (let change = 0; change < changes; change++) {
    millis.push(...(await fleet.change()));
    await sleep(PAUSE_MILLIS);
  }
  return distribution(millis);
}

/** Proxies that ask for clusters and acknowledge them. */
class Fleet implements AsyncDisposable {
  readonly #relay: Program;
  readonly #clients: readonly AdsClient[];
  readonly #streams: readonly AdsStream[];
  #n = 1;

  private constructor(relay: Program, clients: readonly AdsClient[]) {
    this.#relay = relay;
    this.#clients = clients;
    this.#streams = clients.map((client) => client.sotw());
  }

  static async connect(relay: Program, port: number, count: number): Promise<Fleet> {
    const clients = Array.from({ length: count }, () => new AdsClient(`127.0.0.1:${port}`));
    const fleet = new Fleet(relay, clients);
    for (const stream of fleet.#streams) stream.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    await Promise.all(fleet.#streams.map((stream) => fleet.#take(stream)));
    return fleet;
  }

  /** Changes one cluster; answers after how many milliseconds each proxy had it. */
  async change(): Promise<readonly number[]> {
    this.#n += 1;
    const began = performance.now();
    this.#relay.send({ n: this.#n } satisfies NextVersion);
    return Promise.all(this.#streams.map((stream) => this.#take(stream).then(() => performance.now() - began)));
  }

  async #take(stream: AdsStream): Promise<void> {
    const late = AbortSignal.timeout(CHANGE_MILLIS);
    const failed = new Promise<never>((_, reject) => {
      late.onabort = () => reject(new MeasurementFailed(`a proxy that behaves did not hear of a change within ${CHANGE_MILLIS} ms`));
      void stream.ended.then(({ detail }) => reject(new MeasurementFailed(`the stream of a proxy that behaves has ended: ${detail}`)));
    });
    const { nonce, version } = await Promise.race([stream.next(), failed]);
    late.onabort = null;
    stream.ask({ typeUrl: CLUSTER_TYPE, nonce, version });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
  }
}
