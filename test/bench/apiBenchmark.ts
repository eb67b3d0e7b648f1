import type { ApiOptions, ApiResult, ApiRow } from './api.ts';
import { type Benchmark, countOf, parse, say } from './benchmark.ts';
import { spreadTable } from './distribution.ts';

const OPTIONS = {
  nodes: { type: 'string', default: '1000' },
  calls: { type: 'string', default: '1000' },
  runs: { type: 'string', default: '5' },
  json: { type: 'boolean', default: false },
} as const;

/** Reads and writes per CPU second of the API. */
export const api: Benchmark = {
  usage: '[--nodes K] [--calls N] [--runs M] [--json]',
  help: `Calls the API over HTTP and measures how many reads and writes one CPU second of the server is good for, with one
virtual node in the mesh and with many.

--nodes K     how many are many; 1000 unless told
--calls N     how many calls a run measures; 1000 unless told
--runs M      how many runs of each kind, which take turns; 5 unless told`,
  read(args) {
    const { nodes, calls, runs, json } = parse(args, OPTIONS);
    const options = { nodes: countOf('--nodes', nodes), calls: countOf('--calls', calls), runs: countOf('--runs', runs) };
    return () => run(options, json);
  },
};

async function run(options: Omit<ApiOptions, 'say'>, json: boolean): Promise<number> {
  const { measureApi } = await import('./api.ts');
  const result = await measureApi({ ...options, say });
  process.stdout.write(json ? `${JSON.stringify({ benchmark: 'api', ...result })}\n` : `${describe(result)}\n`);
  return 0;
}

const SERVERS = { api: '', local: ', compiled and published', http: ' of HTTP alone' } as const;

function describe({ calls, runs, connections, nodes, cpus, node, rows, growth, httpShare }: ApiResult): string {
  const title = (row: ApiRow): string =>
    `${row.kind}s${SERVERS[row.server]}${row.server === 'http' ? '' : `, ${row.nodes} ${row.nodes === 1 ? 'node' : 'nodes'}`}`;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return `API calls per CPU second of the server, SQLite on disk
${runs} runs of ${calls} calls on ${connections} kept connections, in turns, Node ${node}, ${cpus} CPUs shared with the client

${spreadTable(Object.fromEntries(rows.map((row) => [title(row), row.perCpuSecond])))}

CPU time of a call with ${nodes} nodes ÷ with 1: read ${growth.read}, write ${growth.write}, write compiled and published ${growth.publishedWrite}
Share of HTTP, every call answered by a constant: ${percent(httpShare.read)} of a read, ${percent(httpShare.write)} of a write`;
}
