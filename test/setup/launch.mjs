/**
 * Runs one of the project's commands under Node 24, in a clone that may be fresh: `node test/setup/launch.mjs COMMAND ARGS…`.
 * Needs Node 18 and npm, nothing else. What it does is told on standard error; when nothing is to be done, nothing is said.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { node24 } from './packages.mjs';
import { prepareClone } from './prepareClone.mjs';
import { SetupFailed } from './setupFailed.mjs';
import { runAttached } from './supervise.mjs';
import { takenByNpm } from './takenByNpm.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @type {Readonly<Record<string, { readonly file: string, readonly args?: readonly string[], readonly env?: NodeJS.ProcessEnv }>>} */
const commands = {
  start: { file: 'packages/local/src/cli.ts', args: ['start'] },
  check: { file: 'test/setup/check.ts', env: { MESH_TEST_QUICK: '1' } },
  test: { file: 'test/setup/test.ts' },
  'test-slow': { file: 'test/setup/test.ts', env: { MESH_TEST_SLOW: '1' } },
  demo: { file: 'test/demo/demo.ts' },
  bench: { file: 'test/bench/bench.ts' },
};

/** @param {string} line */
const say = (line) => process.stderr.write(`set-up: ${line}\n`);

const [name = '', ...rest] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  say(`unknown command "${name}"; known: ${Object.keys(commands).join(', ')}`);
  process.exit(2);
}
const taken = name === 'start' ? takenByNpm(process.env) : undefined;
if (taken !== undefined) {
  say(taken);
  process.exit(2);
}
try {
  await prepareClone(root, say);
  // Compiled modules are kept between runs: it halves the time of a start.
  const compiled = { NODE_COMPILE_CACHE: join(root, '.cache', 'compiled') };
  // Some tools colour a file or a pipe, too, when they find themselves in CI.
  const colours = process.stdout.isTTY || 'FORCE_COLOR' in process.env ? {} : { NO_COLOR: '1' };
  const env = { ...compiled, ...colours, ...process.env, ...command.env };
  // Never waits for its own pipes: the exit code is all that is left to hand on.
  process.exit(await runAttached(node24(root), [join(root, command.file), ...(command.args ?? []), ...rest], { cwd: process.cwd(), env }));
} catch (error) {
  if (!(error instanceof SetupFailed)) throw error;
  say(error.message);
  process.exit(1);
}
