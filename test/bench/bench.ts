// `npm run bench -- NAME [options]`: benchmarks print what they measured and assert nothing; they are no part of the tests.
import { inspect, type ParseArgsConfig, parseArgs } from 'node:util';
import { runInPrivateNetwork, whyNoPrivateNetwork } from '../netns/privateNetwork.ts';
import { PartMissing } from '../setup/cache.ts';
import { envoyBinary } from '../setup/parts.ts';
import { type ApiOptions, type ApiResult, type ApiRow, measureApi } from './api.ts';
import { spreadTable, table } from './distribution.ts';
import { type EndToEndResult, measureEndToEnd } from './e2e.ts';
import { MeasurementFailed } from './routeAcks.ts';

const HELP = `Usage: npm run bench -- e2e [--proxies N] [--changes M] [--scripted] [--json]
       npm run bench -- api [--nodes K] [--calls N] [--runs M] [--json]

  e2e   Shifts a route's weights through the API and measures from each answer until all proxies have acknowledged the
        route configuration. With one proxy (the default) it is a real Envoy in a network namespace of its own; with
        more they are scripted clients with a connection each.

  --proxies N   how many proxies, each its own virtual node; 1 unless told
  --changes M   how many changes are measured, after some to warm up; 100 unless told
  --scripted    one scripted client instead of the Envoy

  api   Calls the API over HTTP and measures how many reads and writes one CPU second of the server is good for, with one
        virtual node in the mesh and with many.

  --nodes K     how many are many; 1000 unless told
  --calls N     how many calls a run measures; 1000 unless told
  --runs M      how many runs of each kind, which take turns; 5 unless told

  --json        prints one line of JSON instead of the table
  --help        this text
`;

/** Set for the run inside the private network. */
const INSIDE = 'MESH_BENCH_INSIDE';

class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

const E2E_OPTIONS = {
  proxies: { type: 'string', default: '1' },
  changes: { type: 'string', default: '100' },
  scripted: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const satisfies Options;

const API_OPTIONS = {
  nodes: { type: 'string', default: '1000' },
  calls: { type: 'string', default: '1000' },
  runs: { type: 'string', default: '5' },
  json: { type: 'boolean', default: false },
} as const satisfies Options;

/** What is asked for, ready to be run. */
function readCommand([name, ...args]: readonly string[]): () => Promise<number> {
  if (name === 'e2e') {
    const { proxies, changes, scripted, json } = parse(args, E2E_OPTIONS);
    const count = countOf('--proxies', proxies);
    const options = { proxies: count, changes: countOf('--changes', changes), scripted: scripted || count > 1, json };
    return () => runEndToEnd(options);
  }
  if (name === 'api') {
    const { nodes, calls, runs, json } = parse(args, API_OPTIONS);
    const options = { nodes: countOf('--nodes', nodes), calls: countOf('--calls', calls), runs: countOf('--runs', runs) };
    return () => runApi(options, json);
  }
  throw new UsageError(name === undefined ? 'Which benchmark?' : `There is no benchmark "${name}".`);
}

function parse<O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function countOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new UsageError(`${option} is "${text}"; it takes a whole number from 1 to 10000.`);
  return number;
}

const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

interface EndToEndCommand {
  readonly proxies: number;
  readonly changes: number;
  readonly scripted: boolean;
  readonly json: boolean;
}

async function runEndToEnd({ proxies, changes, scripted, json }: EndToEndCommand): Promise<number> {
  const envoy = scripted ? undefined : await envoyBinary();
  if (envoy !== undefined && process.env[INSIDE] === undefined) {
    const reason = await whyNoPrivateNetwork();
    if (reason === undefined) return await runInPrivateNetwork({ ...process.env, [INSIDE]: '1', MESH_TEST_ENVOY: envoy });
    say(`Envoy needs a network namespace of its own, which cannot be made here: ${reason}. Run as root, or with --scripted.`);
    return 1;
  }
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  const result = await measureEndToEnd({ proxies, changes, envoy, say, signal: interrupted.signal });
  process.stdout.write(json ? `${JSON.stringify({ benchmark: 'e2e', ...result })}\n` : `${describeEndToEnd(result)}\n`);
  return 0;
}

function describeEndToEnd({ proxies, kind, changes, warmUpChanges, cpus, node, ...times }: EndToEndResult): string {
  const who = kind === 'envoy' ? '1 Envoy' : `${proxies} scripted ${proxies === 1 ? 'proxy' : 'proxies'}`;
  const rows = {
    'answer to all acknowledged': times.allAcked,
    'answer to each acknowledged': times.eachAcked,
    'call to answer': times.apiCall,
    'call to all acknowledged': times.callToAllAcked,
  };
  return `API answer → acknowledged route configuration, milliseconds
${who}, ${changes} changes after ${warmUpChanges} to warm up, Node ${node}, ${cpus} CPUs shared with the proxies

${table(rows)}`;
}

async function runApi(options: Omit<ApiOptions, 'say'>, json: boolean): Promise<number> {
  const result = await measureApi({ ...options, say });
  process.stdout.write(json ? `${JSON.stringify({ benchmark: 'api', ...result })}\n` : `${describeApi(result)}\n`);
  return 0;
}

const SERVERS = { api: '', local: ', compiled and published', http: ' of HTTP alone' } as const;

function describeApi({ calls, runs, connections, nodes, cpus, node, rows, growth, httpShare }: ApiResult): string {
  const title = (row: ApiRow): string =>
    `${row.kind}s${SERVERS[row.server]}${row.server === 'http' ? '' : `, ${row.nodes} ${row.nodes === 1 ? 'node' : 'nodes'}`}`;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return `API calls per CPU second of the server, SQLite on disk
${runs} runs of ${calls} calls on ${connections} kept connections, in turns, Node ${node}, ${cpus} CPUs shared with the client

${spreadTable(Object.fromEntries(rows.map((row) => [title(row), row.perCpuSecond])))}

CPU time of a call with ${nodes} nodes ÷ with 1: read ${growth.read}, write ${growth.write}, write compiled and published ${growth.publishedWrite}
Share of HTTP, every call answered by a constant: ${percent(httpShare.read)} of a read, ${percent(httpShare.write)} of a write`;
}

const args = process.argv.slice(2);
try {
  if (args.includes('--help')) process.stdout.write(HELP);
  else process.exitCode = await readCommand(args)();
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${HELP}`);
  else say(error instanceof MeasurementFailed || error instanceof PartMissing ? error.message : inspect(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
