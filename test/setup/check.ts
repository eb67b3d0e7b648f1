/** `npm run check`: what needs neither a network nor real parts, in under a minute. */
import { runCheck, type StaticCheck, staticChecks } from './staticChecks.ts';

const unitTests: StaticCheck = {
  title: 'unit, golden and architecture tests (vitest)',
  command: ['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', 'unit'],
};

const started = performance.now();
// Side by side: most of them wait for their own start-up on one core.
const results = await Promise.all([unitTests, ...staticChecks].map(runCheck));
const failed = results.filter(({ passed }) => !passed).map(({ title }) => title);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(failed.length === 0 ? `check passed in ${seconds} s\n` : `check FAILED in ${seconds} s: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
