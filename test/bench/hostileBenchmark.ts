import { type Benchmark, countOf, parse, say } from './benchmark.ts';
import { spreadTable } from './distribution.ts';
import type { HostileResult } from './hostile.ts';

const OPTIONS = {
  proxies: { type: 'string', default: '50' },
  changes: { type: 'string', default: '100' },
  runs: { type: 'string', default: '3' },
  json: { type: 'boolean', default: false },
} as const;

/** How much others notice of hostile clients. */
export const hostile: Benchmark = {
  usage: '[--proxies N] [--changes M] [--runs R] [--json]',
  help: `Measures how soon proxies hear of a change in peace, and while hostile clients in one process send the relay broken requests,
reset streams, send too large headers and open connections for nothing, all at once and as fast as they can.

--proxies N   proxies that behave; 50 unless told
--changes M   changes in each run; 100 unless told
--runs R      runs in peace and under attack, which take turns; 3 unless told`,
  read(args) {
    const { proxies, changes, runs, json } = parse(args, OPTIONS);
    const options = { proxies: countOf('--proxies', proxies), changes: countOf('--changes', changes), runs: countOf('--runs', runs), say };
    return async () => {
      const { measureHostile } = await import('./hostile.ts');
      const result = await measureHostile(options);
      process.stdout.write(json ? `${JSON.stringify({ benchmark: 'hostile', ...result })}\n` : `${describe(result)}\n`);
      return 0;
    };
  },
};

function describe({ proxies, changes, runs, cpus, node, p99, ratio, attacks }: HostileResult): string {
  const did = Object.entries(attacks).map(([kind, count]) => `${count} ${kind}`);
  return `Change → received, p99 in milliseconds over ${proxies} proxies and ${changes} changes
${runs} ${runs === 1 ? 'run' : 'runs'} each, in turns, Node ${node}, ${cpus} CPUs shared with proxies and hostile clients

${spreadTable({ 'in peace': p99.peace, 'under attack': p99.attack })}

Under attack ÷ in peace: ${ratio}
Hostile clients did ${did.join(', ')}`;
}
