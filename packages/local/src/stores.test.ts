import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meshId } from '@meshwright/model';
import { folderName } from '@meshwright/snapshot';
import { sampleSnapshot } from '@meshwright/snapshot/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartFailed } from './startFailed.ts';
import { openStores, type Stores } from './stores.ts';

const apps = { owner: '123456789012', mesh: 'apps' };

let root: string;
let folder: string;
let database: string;
let meshFolder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshwright-stores-'));
  folder = join(root, 'data');
  database = join(folder, 'mesh.db');
  meshFolder = join(folder, 'snapshots', folderName(meshId(apps)));
});
afterEach(() => rm(root, { recursive: true }));

const open = (): Promise<Stores> => openStores(folder, {});

describe('the stores of a data folder', () => {
  it('open again after an end in order, and after none', async () => {
    await leave({ killed: false });
    (await open()).store.close();
    await leave({ killed: true });
    const { store, snapshots } = await open();
    expect(await store.generation(apps)).toBe(5n);
    expect((await snapshots.head(meshId(apps)))?.latest.version.n).toBe(5n);
    store.close();
  });

  it('keep the log as long as they are told', async () => {
    const { store } = await openStores(folder, { logRetentionDays: 1 });
    const day = 86_400_000;
    for (const [expected, at] of [0, day + 1].entries()) {
      await store.commit(apps, BigInt(expected), [], { writeId: `w${expected}`, at, author: 'a', source: 's' });
    }
    expect(await store.changesSince(apps, 0n)).toBeUndefined();
    expect(await store.changesSince(apps, 1n)).toHaveLength(1);
    store.close();
  });

  it('open when the last commits were not published', async () => {
    await leave({ killed: true });
    await rm(join(folder, 'snapshots'), { recursive: true });
    const { store } = await open();
    expect(await store.generation(apps)).toBe(5n);
    store.close();
  });

  it.each([
    [
      'after a kill the database is gone',
      true,
      () => rm(database),
      /missing or empty, but .*mesh.db-wal holds commits of it: restore both/,
    ],
    [
      'after a kill the database is empty',
      true,
      () => truncate(database),
      /missing or empty, but .*mesh.db-wal holds commits of it: restore both/,
    ],
    ['after a kill both files are gone', true, () => gone(database, `${database}-wal`), /generation 5 .* does not know it/],
    ['after a kill the log is gone', true, () => rm(`${database}-wal`), /generation 5 of mesh 123456789012\/apps was published/],
    [
      'after a kill the log is cut',
      true,
      () => cut(`${database}-wal`),
      /generation 5 of mesh 123456789012\/apps was published, but .* is at 4/,
    ],
    ['after an end in order the database is gone', false, () => rm(database), /generation 5 .* does not know it.* restore it/],
    ['after an end in order the database is empty', false, () => truncate(database), /generation 5 .* does not know it.* restore it/],
    ['after an end in order the database is cut', false, () => cut(database), /restore it with its -wal/],
    ['a page of the database is garbage', false, () => scribble(database, 4096 * 3), /restore it with its -wal/],
    ['a head is damaged', true, () => writeFile(join(meshFolder, 'head.json'), '{'), /head\.json is corrupt.* Delete its folder/],
    ['a head is a folder', true, () => replaceByFolder(join(meshFolder, 'head.json')), /head\.json is corrupt: it is a folder/],
    [
      'the snapshots are a file',
      true,
      () => replaceByFile(join(folder, 'snapshots')),
      /snapshots cannot be used \(ENOTDIR.* make it a folder/,
    ],
  ])('are refused in one line, and left as they are, when %s', async (_, killed, damage, message) => {
    await leave({ killed });
    await damage();
    const before = await contents(folder);
    const refused = open();
    await expect(refused).rejects.toThrow(StartFailed);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(/^[^\n]*$/);
    expect(await contents(folder)).toEqual(before);
  });

  it('open with what is left once the snapshots of what was lost are deleted', async () => {
    await leave({ killed: true });
    await rm(`${database}-wal`);
    await expect(open()).rejects.toThrow(`delete ${join(folder, 'snapshots')} to go on with what is left`);
    await rm(join(folder, 'snapshots'), { recursive: true });
    const { store } = await open();
    expect(await store.generation(apps)).toBe(0n);
    store.close();
  });
});

/** Leaves a folder at generation 5, published; a kill leaves commits in the log, which an end in order writes back. */
async function leave({ killed }: { readonly killed: boolean }): Promise<void> {
  const { store, snapshots } = await open();
  for (let generation = await store.generation(apps); generation < 5n; generation++) {
    await store.commit(apps, generation, [], { writeId: `w${generation}`, at: 1, author: 'a', source: 's' });
    const n = generation + 1n;
    await snapshots.publish(sampleSnapshot({ mesh: meshId(apps), version: { n } }), (await snapshots.head(meshId(apps)))?.latest);
  }
  const files = await Promise.all([database, `${database}-wal`].map(async (path) => [path, await readFile(path)] as const));
  store.close();
  if (killed) for (const [path, bytes] of files) await writeFile(path, bytes);
}

async function gone(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path);
}

async function cut(path: string): Promise<void> {
  await truncate(path, (await readFile(path)).length - 4096);
}

async function scribble(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(7, at, at + 4096));
}

async function replaceByFolder(path: string): Promise<void> {
  await rm(path);
  await mkdir(path);
}

async function replaceByFile(path: string): Promise<void> {
  await rm(path, { recursive: true });
  await writeFile(path, '');
}

/** Every file with its bytes; an empty log, which reading may leave, says the same as none. */
async function contents(path: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = await Promise.all(files.map(async (file) => [file, (await readFile(file)).toString('base64')] as const));
  return new Map(read.filter(([file, bytes]) => bytes !== '' || !file.endsWith('-wal')));
}
