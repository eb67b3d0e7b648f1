import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, startProgram } from '../process/program.ts';
import { ApiCalls, type CallKind, CONNECTIONS } from './apiCalls.ts';
import type { ServerKind } from './apiServer.ts';
import { type Spread, spread } from './distribution.ts';

/** What is measured. */
export interface ApiOptions {
  /** Virtual nodes in the larger mesh; the smaller one has 1. */
  readonly nodes: number;
  /** Calls that each run measures. */
  readonly calls: number;
  readonly runs: number;
  readonly say: (line: string) => void;
}

/** One kind of call to one server. */
interface Measure {
  readonly server: ServerKind;
  readonly kind: CallKind;
  readonly nodes: number;
}

/** How many of such calls one CPU second of the server is good for, over the runs. */
export interface ApiRow extends Measure {
  readonly perCpuSecond: Spread;
}

/** What came out; of ratios, of the medians of CPU time per call. */
export interface ApiResult extends Omit<ApiOptions, 'say'> {
  readonly connections: number;
  readonly cpus: number;
  readonly node: string;
  readonly rows: readonly ApiRow[];
  /** A call in the larger mesh to one in the smaller: 1 = it does not grow with the mesh. */
  readonly growth: { readonly read: number; readonly write: number; readonly publishedWrite: number };
  /** A call that is answered by a constant to one that is answered by the API, in the larger mesh. */
  readonly httpShare: { readonly read: number; readonly write: number };
}

/** Cold code takes two to three times as long: what a deployment sees is what comes after. */
const WARM_UP_RUNS = 2;

/**
 * Measures how many reads and writes one CPU second of the server is good for, through HTTP on connections that are kept.
 * Runs take turns, so that what else the machine does hits all of them alike.
 */
export async function measureApi({ nodes, calls, runs, say }: ApiOptions): Promise<ApiResult> {
  await using servers = new Servers();
  const measured = measuresOf(nodes).map((measure) => ({ measure, values: [] as number[] }));
  say(`filling meshes with 1 and with ${nodes} virtual nodes`);
  for (const { measure } of measured) await servers.ready(measure);
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    say(run < 0 ? 'warming up' : `run ${run + 1} of ${runs}`);
    for (const { measure, values } of measured) {
      const value = await (await servers.ready(measure)).callsPerCpuSecond(measure.kind, calls);
      if (run >= 0) values.push(value);
    }
  }
  const rows = measured.map(({ measure, values }): ApiRow => ({ ...measure, perCpuSecond: spread(values) }));
  return {
    nodes,
    calls,
    runs,
    connections: CONNECTIONS,
    cpus: availableParallelism(),
    node: process.version,
    rows,
    ...ratios(rows, nodes),
  };
}

function measuresOf(nodes: number): readonly Measure[] {
  const calls = [
    { server: 'api', kind: 'read' },
    { server: 'api', kind: 'write' },
    { server: 'local', kind: 'write' },
  ] as const;
  const http = (['read', 'write'] as const).map((kind): Measure => ({ server: 'http', kind, nodes: 1 }));
  return [...calls.flatMap((call) => [1, nodes].map((count): Measure => ({ ...call, nodes: count }))), ...http];
}

function ratios(rows: readonly ApiRow[], nodes: number): Pick<ApiResult, 'growth' | 'httpShare'> {
  const median = (server: ServerKind, kind: CallKind, count: number): number =>
    rows.find((row) => row.server === server && row.kind === kind && row.nodes === count)?.perCpuSecond.median ?? Number.NaN;
  const growth = (server: ServerKind, kind: CallKind): number => round(median(server, kind, 1) / median(server, kind, nodes));
  const share = (kind: CallKind): number => round(median('api', kind, nodes) / median('http', kind, 1));
  return {
    growth: { read: growth('api', 'read'), write: growth('api', 'write'), publishedWrite: growth('local', 'write') },
    httpShare: { read: share('read'), write: share('write') },
  };
}

/** What is finer is noise. */
function round(ratio: number): number {
  return Math.round(ratio * 100) / 100;
}

/** The servers, started when they are first needed. */
class Servers implements AsyncDisposable {
  readonly #started = new Map<string, Promise<MeasuredServer>>();

  ready({ server: kind, nodes }: Measure): Promise<MeasuredServer> {
    const id = `${kind} ${nodes}`;
    const server = this.#started.get(id) ?? MeasuredServer.start(kind, nodes);
    this.#started.set(id, server);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const started = await Promise.allSettled(this.#started.values());
    for (const result of started) if (result.status === 'fulfilled') await result.value.end();
  }
}

class MeasuredServer {
  readonly #program: Program;
  readonly #calls: ApiCalls;
  readonly #folder: string;

  private constructor(program: Program, calls: ApiCalls, folder: string) {
    this.#program = program;
    this.#calls = calls;
    this.#folder = folder;
  }

  static async start(kind: ServerKind, nodes: number): Promise<MeasuredServer> {
    const folder = await mkdtemp(join(tmpdir(), 'meshwright-bench-'));
    const program = startProgram([process.execPath, join(import.meta.dirname, 'apiServer.ts'), kind, folder], { messages: true });
    try {
      const calls = new ApiCalls(Number(await program.nextLine()), nodes);
      if (kind !== 'http') await calls.createMesh();
      return new MeasuredServer(program, calls, folder);
    } catch (error) {
      await program.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async callsPerCpuSecond(kind: CallKind, count: number): Promise<number> {
    const before = await this.#cpuMicros();
    await this.#calls.make(kind, count);
    return Math.round((count * 1e6) / ((await this.#cpuMicros()) - before));
  }

  async end(): Promise<void> {
    this.#calls.close();
    await this.#program.end('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #cpuMicros(): Promise<number> {
    this.#program.send({});
    return Number(await this.#program.nextLine());
  }
}
