import { type Benchmark, countOf, parse, say } from './benchmark.ts';
import type { CompileResult } from './compile.ts';
import { spreadTable } from './distribution.ts';

const OPTIONS = {
  services: { type: 'string', default: '10000' },
  runs: { type: 'string', default: '2' },
  json: { type: 'boolean', default: false },
} as const;

/** How compiling grows with the mesh. */
export const compile: Benchmark = {
  usage: '[--services S] [--runs M] [--json]',
  help: `Compiles meshes of 100 and of many services and measures all from scratch, and what one changed route costs: time, and
what is written of it for relays.

--services S  how many are many; 10000 unless told
--runs M      how many runs from scratch, after one to warm up; 2 unless told`,
  read(args) {
    const { services, runs, json } = parse(args, OPTIONS);
    const options = { services: countOf('--services', services), runs: countOf('--runs', runs), say };
    return async () => {
      const { measureCompile } = await import('./compile.ts');
      const result = await measureCompile(options);
      process.stdout.write(json ? `${JSON.stringify({ benchmark: 'compile', ...result })}\n` : `${describe(result)}\n`);
      return 0;
    };
  },
};

function describe({ runs, cpus, node, threePerService, rows, growth }: CompileResult): string {
  const large = rows.at(-1)?.services ?? 0;
  const table = {
    [`${large} services, ${threePerService.resources} resources, from scratch`]: threePerService,
    ...Object.fromEntries(
      rows.flatMap(({ services, full, change, stored }) => [
        [`${services} services with 10 backends each, from scratch`, full],
        [`${services} services, one changed route`, change],
        [`${services} services, storing it`, stored],
      ]),
    ),
  };
  const puts = rows.map(({ services, puts: count, putBytes }) => `${services} services: ${count} puts, ${putBytes} bytes`).join('; ');
  return `Compiling, milliseconds
${runs} runs from scratch after one to warm up, 65 changes, Node ${node}, ${cpus} CPUs

${spreadTable(table)}

One changed route with ${large} services ÷ with 100: time ${growth.change}, written bytes ${growth.putBytes}
Written for it: ${puts}`;
}
