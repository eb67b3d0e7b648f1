import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outcomeOf } from '../process/run.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

/** Runs a file of tests as `npm test` does, in an environment of its own. */
const runFile = (file: string, config: string, env: Readonly<Record<string, string>>) =>
  outcomeOf([process.execPath, VITEST, 'run', '--config', config, '--reporter=verbose', '--project', 'parts', file], {
    cwd: ROOT,
    env: { NO_COLOR: '1', MESH_TEST_STRICT: '0', ...env },
  });

test('what a machine lacks is tried for real, and skips the tests that need it, with the reason', async () => {
  const missing = { IPTABLES: 'iptables-of-nobody' };
  const skipped = await runFile('test/netns/topology.test.ts', 'test/vitest.config.ts', missing);
  expect(skipped.stderr).toContain('iptables-of-nobody (package iptables) is not installed');
  expect(skipped.stdout).toMatch(/Tests +\d+ skipped/);
  expect(skipped.status).toBe(0);
  const strict = await runFile('test/netns/topology.test.ts', 'test/vitest.config.ts', { ...missing, MESH_TEST_STRICT: '1' });
  expect(strict.stderr).toContain('MESH_TEST_STRICT=1 allows no skip');
  expect(strict.status).toBe(1);
});
