import { envoyBinary } from '../setup/parts.ts';
import { type Benchmark, countOf, parse, say } from './benchmark.ts';
import { table } from './distribution.ts';
import { measureNack, type NackResult } from './nack.ts';

const OPTIONS = {
  rounds: { type: 'string', default: '5' },
  sotw: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

/** From the publication of what Envoy refuses until the reason is told where its cause is. */
export const nack: Benchmark = {
  usage: '[--rounds N] [--sotw] [--json]',
  help: `Publishes twenty faults that only Envoy notices, one after the other, to one real Envoy, and measures from each
publication until Envoy's reason is with the proxy and with the resource that caused it, at the API.

--rounds N   how often each fault is published, after once to warm up; 5 unless told
--sotw       state-of-the-world protocol instead of delta`,
  read(args) {
    const { rounds, sotw, json } = parse(args, OPTIONS);
    const count = countOf('--rounds', rounds);
    return async () => {
      const result = await measureNack({ envoy: await envoyBinary(), rounds: count, protocol: sotw ? 'sotw' : 'delta', say });
      process.stdout.write(json ? `${JSON.stringify({ benchmark: 'nack', ...result })}\n` : `${describe(result)}\n`);
      return 0;
    };
  },
};

function describe({ faults, rounds, protocol, cpus, node, refused, atProxy, atResource }: NackResult): string {
  return `Publication of a fault → its reason, milliseconds
${faults} faults, ${rounds} times each, 1 Envoy (${protocol}), Node ${node}, ${cpus} CPUs shared with it

${table({ "Envoy's refusal": refused, 'with the proxy, at the API': atProxy, 'with the resource, at the API': atResource })}`;
}
