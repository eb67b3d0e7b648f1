import { mkdtemp, rm, stat } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataFolder } from './dataFolder.ts';
import { StartFailed } from './startFailed.ts';

it('makes a folder and all above it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-data-'));
  const { database } = await openDataFolder(join(folder, 'a', 'b', 'c'));
  expect((await stat(join(folder, 'a', 'b', 'c', 'meshwright.json'))).isFile()).toBe(true);
  expect(database).toBe(join(folder, 'a', 'b', 'c', 'mesh.db'));
  await rm(folder, { recursive: true });
});

it.runIf(platform() === 'linux')('refuses at once where no folder can be made', async () => {
  for (const path of ['/proc/meshwright', '/proc/meshwright/data']) {
    const refused = openDataFolder(path);
    await expect(refused).rejects.toThrow(StartFailed);
    await expect(refused).rejects.toThrow(`data folder ${path} cannot be made`);
  }
});
