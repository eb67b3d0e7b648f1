// `npm run bench -- NAME [options]`: benchmarks print what they measured and assert nothing; they are no part of the tests.
import { inspect } from 'node:util';
import { PartMissing } from '../setup/cache.ts';
import { api } from './apiBenchmark.ts';
import { type Benchmark, MeasurementFailed, say, UsageError } from './benchmark.ts';
import { compile } from './compileBenchmark.ts';
import { e2e } from './e2eBenchmark.ts';
import { hostile } from './hostileBenchmark.ts';
import { nack } from './nackBenchmark.ts';
import { relay } from './relayBenchmark.ts';

const benchmarks: Readonly<Record<string, Benchmark>> = { e2e, api, compile, relay, hostile, nack };

/** What every benchmark takes. */
const COMMON = `--json        prints one line of JSON instead of the table
--help        this text`;

function help(): string {
  const usage = Object.entries(benchmarks).map(
    ([name, { usage }], at) => `${at === 0 ? 'Usage:' : '      '} npm run bench -- ${name} ${usage}`,
  );
  const texts = Object.entries(benchmarks).map(([name, { help }]) => `${name}\n${indented(help)}`);
  return `${usage.join('\n')}\n\n${texts.join('\n\n')}\n\nAll of them\n${indented(COMMON)}\n`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

function readCommand([name, ...args]: readonly string[]): () => Promise<number> {
  const benchmark = name === undefined || !Object.hasOwn(benchmarks, name) ? undefined : benchmarks[name];
  if (benchmark === undefined) throw new UsageError(name === undefined ? 'Which benchmark?' : `There is no benchmark "${name}".`);
  return benchmark.read(args);
}

const args = process.argv.slice(2);
try {
  if (args.includes('--help')) process.stdout.write(help());
  else process.exitCode = await readCommand(args)();
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${help()}`);
  else say(error instanceof MeasurementFailed || error instanceof PartMissing ? error.message : inspect(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
