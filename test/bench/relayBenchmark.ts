import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TransportName } from '@meshwright/relay';
import { type Benchmark, countOf, parse, say, UsageError } from './benchmark.ts';
import { type Figure, figuresOf, judge, type Row } from './relay/figures.ts';
import { profileTables } from './relay/profile.ts';
import type { Race } from './relay/race.ts';
import { relayTable } from './relay/report.ts';

const MODES = ['sotw', 'delta'] as const;
const TRANSPORTS = ['http2', 'grpc-js'] as const;

const OPTIONS = {
  peer: { type: 'string' },
  n: { type: 'string' },
  modes: { type: 'string', default: 'sotw,delta' },
  runs: { type: 'string' },
  updates: { type: 'string' },
  transport: { type: 'string', default: 'http2' },
  only: { type: 'string' },
  quick: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

/** Enough for medians that hold, and for a look. */
const FULL = { n: '1000,4000', runs: '3', updates: '15' } as const;
const QUICK = { n: '1000', runs: '1', updates: '5' } as const;

/** The relay beside go-control-plane on the same work. */
export const relay: Benchmark = {
  usage: '--peer DIR [--quick] [--n N,…] [--modes sotw,delta] [--runs R] [--updates U] [--only R1,…] [--transport T] [--profile] [--json]',
  help: `Lets the relay and go-control-plane serve the same content to the same load generator, in turns, and compares CPU, latency,
memory and bytes. Ratios of one run say something, absolute figures only on a machine that does nothing else.
The relay has warmed up before it is measured, as it does where it is started for a fleet; what that costs is not part of a storm.

--peer DIR    the Go module with both (folders gcpserver and loadgen); built once, needs Go
--quick       --n 1000 --runs 1 --updates 5 unless told otherwise: a look, no verdict
--n N,…       numbers of streams, each on a connection of its own; ${FULL.n} unless told
--modes M,…   sotw, delta or both; both unless told
--runs R      runs of each contestant in each scenario; ${FULL.runs} unless told
--updates U   changes in each run; ${FULL.updates} unless told
--only ID,…   these figures alone; R1 to R9 unless told
--transport T the relay's: ${TRANSPORTS.join(' or ')}; ${TRANSPORTS[0]} unless told
--profile     one run of the relay more, whose CPU profiles are summed up and kept`,
  read(args) {
    const command = readCommand(args);
    return () => run(command);
  },
};

/** What is to be measured. */
export interface RelayCommand {
  readonly peer: string;
  readonly figures: readonly Figure[];
  readonly runs: number;
  readonly updates: number;
  readonly transport: TransportName;
  readonly profile: boolean;
  readonly json: boolean;
}

/** Reads the arguments. @throws UsageError */
export function readCommand(args: readonly string[]): RelayCommand {
  const { peer, n, modes, runs, updates, transport, only, quick, profile, json } = parse(args, OPTIONS);
  if (peer === undefined) throw new UsageError('--peer is missing; it takes the folder of the Go module with gcpserver and loadgen.');
  const defaults = quick ? QUICK : FULL;
  const counts = [...new Set(listOf(n ?? defaults.n).map((text) => countOf('--n', text)))];
  const figures = figuresOf(counts, oneOfEach('--modes', listOf(modes), MODES));
  return {
    peer: resolve(peer),
    figures: only === undefined ? figures : chosen(figures, listOf(only)),
    runs: countOf('--runs', runs ?? defaults.runs),
    updates: countOf('--updates', updates ?? defaults.updates),
    transport: oneOfEach('--transport', [transport], TRANSPORTS)[0] ?? TRANSPORTS[0],
    profile,
    json,
  };
}

function listOf(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim());
}

function oneOfEach<Value extends string>(option: string, texts: readonly string[], known: readonly Value[]): readonly Value[] {
  const unknown = texts.find((text) => !known.some((value) => value === text));
  if (unknown !== undefined) throw new UsageError(`${option} is "${unknown}"; it takes ${known.join(' or ')}.`);
  return texts as readonly Value[];
}

function chosen(figures: readonly Figure[], ids: readonly string[]): readonly Figure[] {
  const known = [...new Set(figures.map(({ id }) => id))];
  oneOfEach('--only', ids, known);
  return figures.filter(({ id }) => ids.includes(id));
}

async function run({ figures, profile, json, ...options }: RelayCommand): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  const { Race } = await import('./relay/race.ts');
  await using race = await Race.prepare({ ...options, say, signal: interrupted.signal });
  const measured = new Map<string, Awaited<ReturnType<Race['measure']>>>();
  for (const [name, own] of Map.groupBy(figures, ({ scenario }) => scenario.name)) measured.set(name, await race.measure(own));
  const rows = figures.map((figure) => judge(figure, measured.get(figure.scenario.name) ?? { notRun: 'it was not reached' }));
  const profiles = profile ? await profileOf(race, figures) : '';
  const { runs, updates, transport } = options;
  const setting = { runs, updates, transport, node: process.version, cpus: availableParallelism() };
  const result = { benchmark: 'relay', ...setting, rows, measured: Object.fromEntries(measured) };
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${describe(rows, setting)}\n${profiles}`);
  return 0;
}

interface Setting {
  readonly runs: number;
  readonly updates: number;
  readonly transport: string;
  readonly node: string;
  readonly cpus: number;
}

function describe(rows: readonly Row[], { runs, updates, transport, node, cpus }: Setting): string {
  return `The relay (${transport}, Node ${node}) beside go-control-plane, ${runs} ${runs === 1 ? 'run' : 'runs'} of ${updates} changes each, ${cpus} CPUs shared with the load generator
least / median / most of the runs; the result is the ratio of the medians

${relayTable(rows)}`;
}

async function profileOf(race: Race, figures: readonly Figure[]): Promise<string> {
  const scenario = figures[0]?.scenario;
  if (scenario === undefined) return '';
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-profile-'));
  say(`${scenario.name}: profiling the relay, into ${folder}`);
  await race.profile(scenario, folder);
  return `\n${await profileTables(folder)}\n`;
}
