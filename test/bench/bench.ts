// `npm run bench -- NAME [options]`: benchmarks print what they measured and assert nothing; they are no part of the tests.
import { inspect, parseArgs } from 'node:util';
import { runInPrivateNetwork, whyNoPrivateNetwork } from '../netns/privateNetwork.ts';
import { PartMissing } from '../setup/cache.ts';
import { envoyBinary } from '../setup/parts.ts';
import { table } from './distribution.ts';
import { type EndToEndResult, measureEndToEnd } from './e2e.ts';
import { MeasurementFailed } from './routeAcks.ts';

const HELP = `Usage: npm run bench -- e2e [--proxies N] [--changes M] [--scripted] [--json]

  e2e   Shifts a route's weights through the API and measures from each answer until all proxies have acknowledged the
        route configuration. With one proxy (the default) it is a real Envoy in a network namespace of its own; with
        more they are scripted clients with a connection each.

  --proxies N   how many proxies, each its own virtual node; 1 unless told
  --changes M   how many changes are measured, after some to warm up; 100 unless told
  --scripted    one scripted client instead of the Envoy
  --json        prints one line of JSON instead of the table
  --help        this text
`;

/** Set for the run inside the private network. */
const INSIDE = 'MESH_BENCH_INSIDE';

class UsageError extends Error {}

interface Command {
  readonly proxies: number;
  readonly changes: number;
  readonly scripted: boolean;
  readonly json: boolean;
}

/** What is asked for; `help` for how to ask. */
function readCommand(args: readonly string[]): Command | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [name, ...others] = positionals;
  if (name !== 'e2e' || others.length > 0)
    throw new UsageError(name === undefined ? 'Which benchmark?' : `There is no benchmark "${positionals.join(' ')}".`);
  const proxies = count('--proxies', values.proxies);
  return { proxies, changes: count('--changes', values.changes), scripted: values.scripted || proxies > 1, json: values.json };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        proxies: { type: 'string', default: '1' },
        changes: { type: 'string', default: '100' },
        scripted: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function count(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new UsageError(`${option} is "${text}"; it takes a whole number from 1 to 10000.`);
  return number;
}

const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

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

try {
  const command = readCommand(process.argv.slice(2));
  if (command === 'help') process.stdout.write(HELP);
  else process.exitCode = await run(command);
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${HELP}`);
  else say(error instanceof MeasurementFailed || error instanceof PartMissing ? error.message : inspect(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
