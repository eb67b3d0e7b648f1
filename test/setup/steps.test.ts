import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outcomeOf } from '../process/run.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Below the top, where `vitest` is found, and outside what vitest collects. */
const CACHE = join(ROOT, '.cache');

const FILE = `
import { expect, test } from 'vitest';
import { inSteps } from ${JSON.stringify(join(import.meta.dirname, 'steps.ts'))};
inSteps();
test('first', () => {});
test('second', () => expect(1).toBe(2));
test('third', () => {});
`;

test('steps behind one that failed are skipped, and say which', async () => {
  await mkdir(CACHE, { recursive: true });
  const root = await mkdtemp(join(CACHE, 'steps-'));
  try {
    await writeFile(join(root, 'steps.test.ts'), FILE);
    const options = { config: false, root, run: true, watch: false, reporters: ['verbose'] };
    const script = `import { startVitest } from 'vitest/node'; await (await startVitest('test', [], ${JSON.stringify(options)})).close();`;
    const { stdout } = await outcomeOf([process.execPath, '--input-type=module', '--eval', script], { cwd: ROOT, env: { NO_COLOR: '1' } });
    expect(stdout).toMatch(/Tests +1 failed \| 1 passed \| 1 skipped/);
    expect(stdout).toContain('the step "second" before it failed');
  } finally {
    await rm(root, { recursive: true });
  }
});
