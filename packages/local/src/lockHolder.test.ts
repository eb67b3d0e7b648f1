import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockHolder } from './lockHolder.ts';
import { SqliteStore } from './store/sqliteStore.ts';

it.runIf(existsSync('/proc/locks'))('is the process that has the store open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-holder-'));
  const path = join(folder, 'mesh.db');
  const store = SqliteStore.open(path);
  expect(lockHolder(path)).toBe(process.pid);
  store.close();
  expect(lockHolder(path)).toBeUndefined();
  await rm(folder, { recursive: true });
});

it('is not known for a file that is not there', () => {
  expect(lockHolder('/nowhere/mesh.db')).toBeUndefined();
});
