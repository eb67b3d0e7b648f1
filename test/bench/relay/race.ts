import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransportName } from '@meshwright/relay';
import { startProgram } from '../../process/program.ts';
import { run } from '../../process/run.ts';
import { builtGoPrograms } from '../../setup/goPrograms.ts';
import { MeasurementFailed } from '../benchmark.ts';
import { makeCertificates, SERVER_NAME } from './certificates.ts';
import { type Contestant, type Grounds, startOurs, startPeer } from './contestant.ts';
import type { Figure, Measured } from './figures.ts';
import { behindRaisedLimit, fileLimit } from './fileLimit.ts';
import { readSample, type Sample } from './sample.ts';
import type { Rival, Scenario } from './scenario.ts';

/** How the relay and its rivals are measured. */
export interface RaceOptions {
  /** Folder of the Go module with the peer and the load generator. */
  readonly peer: string;
  /** Runs of each contestant in each scenario, which take turns. */
  readonly runs: number;
  /** Changes in each run. */
  readonly updates: number;
  readonly transport: TransportName;
  readonly say: (line: string) => void;
  /** Ends it early; every program is ended all the same. */
  readonly signal: AbortSignal;
}

/** Beside the streams: libraries, sockets of the trigger, pipes. */
const OTHER_FILES = 200;

/** Lets the relay and its rivals do the same work in turns. */
export class Race implements AsyncDisposable {
  readonly #options: RaceOptions;
  readonly #grounds: Omit<Grounds, 'tls'>;
  readonly #folder: string;

  private constructor(options: RaceOptions, grounds: Omit<Grounds, 'tls'>, folder: string) {
    this.#options = options;
    this.#grounds = grounds;
    this.#folder = folder;
  }

  /** Builds the peer, if need be, and has it write its content down. @throws PartMissing when it cannot be built. */
  static async prepare(options: RaceOptions): Promise<Race> {
    const { peer: module, transport } = options;
    const title = 'the peer and the load generator';
    const programs = await builtGoPrograms({ module, packages: ['./loadgen', './gcpserver'], title, name: 'bench-peer' });
    const folder = await mkdtemp(join(tmpdir(), 'meshwright-bench-'));
    await run([join(programs, 'gcpserver'), '-services', '100', '-dump', folder]);
    return new Race(options, { programs, dump: folder, transport }, folder);
  }

  /** Runs what the figures of one scenario need. */
  async measure(figures: readonly Figure[]): Promise<Measured | { readonly notRun: string }> {
    const [{ scenario } = { scenario: undefined }] = figures;
    if (scenario === undefined) return { notRun: 'nothing is asked of it' };
    const limit = await fileLimit();
    if (limit < scenario.streams + OTHER_FILES) {
      return { notRun: `${scenario.streams} connections, but at most ${limit} open files are allowed; raise ulimit -n` };
    }
    const rivals = scenario.rivals.filter((rival) => figures.some((figure) => figure.of === 'ratio' && figure.rival === rival));
    try {
      return await this.#race(scenario, rivals);
    } catch (error) {
      if (!(error instanceof MeasurementFailed) || this.#options.signal.aborted) throw error;
      this.#options.say(error.message);
      return { notRun: error.message };
    }
  }

  /** One run of the relay alone that writes CPU profiles, which slow it down. */
  async profile(scenario: Scenario, profiles: string): Promise<void> {
    await this.#run('ours', scenario, { ...(await this.#groundsOf(scenario)), profiles });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #race(scenario: Scenario, rivals: readonly Rival[]): Promise<Measured> {
    const { runs, say } = this.#options;
    const grounds = await this.#groundsOf(scenario);
    const ours: Sample[] = [];
    const theirs = new Map(rivals.map((rival): [Rival, Sample[]] => [rival, []]));
    for (let round = 1; round <= runs; round++) {
      say(`${scenario.name}: run ${round} of ${runs}`);
      ours.push(await this.#run('ours', scenario, grounds));
      for (const [rival, samples] of theirs) samples.push(await this.#run(rival, scenario, grounds));
    }
    return { ours, rivals: Object.fromEntries(theirs) };
  }

  async #groundsOf({ tls }: Scenario): Promise<Grounds> {
    return { ...this.#grounds, tls: tls ? await makeCertificates(this.#folder) : undefined };
  }

  async #run(who: Rival | 'ours', scenario: Scenario, grounds: Grounds): Promise<Sample> {
    if (this.#options.signal.aborted) throw new MeasurementFailed('interrupted');
    const starting = who === 'ours' ? startOurs(scenario, grounds) : startPeer(who, scenario, grounds);
    await using contestant = await starting.catch((cause: Error) => {
      throw new MeasurementFailed(`${who} did not start: ${cause.message}`, { cause });
    });
    const sample = await this.#load(contestant, scenario, grounds);
    const { stormCpuSeconds, updates } = sample;
    const cost = updates === undefined ? 'the storm failed' : `push ${updates.cpuSeconds} CPU s / 1000, p99 ${updates.p99Millis} ms`;
    this.#options.say(`  ${who}: storm ${stormCpuSeconds} CPU s, ${cost}, ${updates?.otherCpuSeconds ?? 0} CPU s of others`);
    return sample;
  }

  async #load({ program, address, triggerUrl }: Contestant, scenario: Scenario, { programs, tls }: Grounds): Promise<Sample> {
    const secure = tls
      ? ['-tls-ca', tls.authority, '-tls-cert', tls.clientCertificate, '-tls-key', tls.clientKey, '-tls-name', SERVER_NAME]
      : [];
    const flags = {
      addr: address,
      n: scenario.streams,
      mode: scenario.mode,
      pid: program.pid,
      updates: this.#options.updates,
      interval: '250ms',
      expect: 'marker',
      'trigger-url': triggerUrl,
    };
    const named = Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]);
    const generator = startProgram(behindRaisedLimit([join(programs, 'loadgen'), ...named, ...secure]));
    const stop = (): void => void generator.end('SIGKILL');
    this.#options.signal.addEventListener('abort', stop, { once: true });
    await generator.ended.finally(() => this.#options.signal.removeEventListener('abort', stop));
    const { stdout, stderr } = generator.output();
    // Its status tells of streams that failed, which its report counts.
    if (stdout === '') throw new MeasurementFailed(`the load generator said nothing but:\n${stderr}${program.output().stderr}`);
    return readSample(stdout);
  }
}
