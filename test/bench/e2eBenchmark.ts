import { runInPrivateNetwork, whyNoPrivateNetwork } from '../netns/privateNetwork.ts';
import { envoyBinary } from '../setup/parts.ts';
import { type Benchmark, countOf, parse, say } from './benchmark.ts';
import { table } from './distribution.ts';
import type { EndToEndResult } from './e2e.ts';

/** Set for the run inside the private network. */
const INSIDE = 'MESH_BENCH_INSIDE';

const OPTIONS = {
  proxies: { type: 'string', default: '1' },
  changes: { type: 'string', default: '100' },
  scripted: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

/** From the API's answer to a change until every proxy has acknowledged it. */
export const e2e: Benchmark = {
  usage: '[--proxies N] [--changes M] [--scripted] [--json]',
  help: `Shifts a route's weights through the API and measures from each answer until all proxies have acknowledged the
route configuration. With one proxy (the default) it is a real Envoy in a network namespace of its own; with
more they are scripted clients with a connection each.

--proxies N   how many proxies, each its own virtual node; 1 unless told
--changes M   how many changes are measured, after some to warm up; 100 unless told
--scripted    one scripted client instead of the Envoy`,
  read(args) {
    const { proxies, changes, scripted, json } = parse(args, OPTIONS);
    const count = countOf('--proxies', proxies);
    const command = { proxies: count, changes: countOf('--changes', changes), scripted: scripted || count > 1, json };
    return () => run(command);
  },
};

interface Command {
  readonly proxies: number;
  readonly changes: number;
  readonly scripted: boolean;
  readonly json: boolean;
}

async function run({ proxies, changes, scripted, json }: Command): Promise<number> {
  const envoy = scripted ? undefined : await envoyBinary();
  if (envoy !== undefined && process.env[INSIDE] === undefined) {
    const reason = await whyNoPrivateNetwork();
    if (reason === undefined) return await runInPrivateNetwork({ ...process.env, [INSIDE]: '1', MESH_TEST_ENVOY: envoy });
    say(`Envoy needs a network namespace of its own, which cannot be made here: ${reason}. Run as root, or with --scripted.`);
    return 1;
  }
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  const { measureEndToEnd } = await import('./e2e.ts');
  const result = await measureEndToEnd({ proxies, changes, envoy, say, signal: interrupted.signal });
  process.stdout.write(json ? `${JSON.stringify({ benchmark: 'e2e', ...result })}\n` : `${describe(result)}\n`);
  return 0;
}

function describe({ proxies, kind, changes, warmUpChanges, cpus, node, ...times }: EndToEndResult): string {
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
