import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outcomeOf } from '../process/run.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test.each([
  ['check', /^Usage: npm run check\n/],
  ['test', /^Usage: npm test /],
  ['bench', /^Usage: npm run bench /],
  ['start', /^Usage: meshwright start /],
  ['demo', /^npm run demo /],
])('npm run %s -- --help says how to use it, and does nothing', async (script, usage) => {
  const { status, stdout } = await outcomeOf(['npm', 'run', '--silent', script, '--', '--help'], { cwd: ROOT });
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(usage) });
});
