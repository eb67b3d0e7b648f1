import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderName, type Head, SnapshotUnreadable } from '@meshwright/snapshot';
import { sampleSnapshot, snapshotStoreContract } from '@meshwright/snapshot/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSnapshots } from './fileSnapshots.ts';
import { DyingFileSystem } from './testing/dyingFileSystem.ts';

const MESH = '123456789012/apps';

const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'meshwright-snapshots-'));

snapshotStoreContract('files', async () => {
  const folder = await temporaryFolder();
  const pathOf = (mesh: string, key: string): string => join(folder, folderName(mesh), `${key}.snapshot`);
  return {
    store: await FileSnapshots.open(folder),
    objects: {
      keys: async (mesh) =>
        (await objectsIn(join(folder, folderName(mesh))).catch(() => [])).map((name) => name.slice(0, -'.snapshot'.length)),
      get: (mesh, key) => readFile(pathOf(mesh, key)),
      put: async (mesh, key, bytes) => {
        await mkdir(join(folder, folderName(mesh)), { recursive: true });
        await writeFile(pathOf(mesh, key), bytes);
      },
      remove: (mesh, key) => rm(pathOf(mesh, key)),
    },
    reopen: () => FileSnapshots.open(folder),
    dying: async (step, use) => {
      const fs = new DyingFileSystem(step);
      await FileSnapshots.open(folder, fs.calls).then(use).catch(fs.expectDead);
      // Also what was acknowledged is only as durable as the disk was told.
      await fs.losePower();
      return fs.hasDied;
    },
    rewinding: { skipped: 'who writes the heads holds them, and who watches them ends with it' },
    failWatchReads: { skipped: 'a change is told by who makes it: nothing is read that could fail' },
    close: () => rm(folder, { recursive: true }),
  };
});

describe('FileSnapshots', () => {
  let folder: string;
  let meshFolder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    meshFolder = join(folder, folderName(MESH));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps the last 50 objects and what the head refers to', async () => {
    const store = await FileSnapshots.open(folder);
    const heads = await publishMany(store, 60);
    expect(await objectsIn(meshFolder)).toHaveLength(50);
    const [kept, gone] = [heads[10], heads[9]];
    if (kept === undefined || gone === undefined) throw new Error('too few heads');
    expect((await store.read(MESH, kept.latest)).version).toEqual(kept.latest.version);
    await expect(store.read(MESH, gone.latest)).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason: 'missing' });
    const reopened = await FileSnapshots.open(folder);
    expect(await objectsIn(meshFolder)).toHaveLength(50);
    expect(await reopened.head(MESH)).toEqual(heads.at(-1));
  });

  it('removes what a crash has left when it is opened, and nothing else', async () => {
    await publishMany(await FileSnapshots.open(folder), 2);
    const before = await readdir(meshFolder);
    await writeFile(join(meshFolder, 'head.json.unfinished'), '{"for');
    await writeFile(join(meshFolder, `1.3.1-${'0'.repeat(32)}.snapshot.unfinished`), 'MW');
    await writeFile(join(meshFolder, `1.3.1-${'1'.repeat(32)}.snapshot`), 'never referred to');
    await writeFile(join(meshFolder, 'notes.txt'), 'mine');
    await FileSnapshots.open(folder);
    expect((await readdir(meshFolder)).toSorted()).toEqual([...before, 'notes.txt'].toSorted());
  });

  it.each([
    ['empty', ''],
    ['cut short', '{"format": 1, "mesh": "1234567'],
    ['of another shape', '{"format": 1, "mesh": "a", "rev": "1", "latest": null}'],
    ['without a number', '{"format": 1, "mesh": "a", "rev": "one"}'],
    ['of a newer format', '{"format": 2}'],
  ])('does not open with a head that is %s, and says which file', async (_, text) => {
    await publishMany(await FileSnapshots.open(folder), 1);
    await writeFile(join(meshFolder, 'head.json'), text);
    await expect(FileSnapshots.open(folder)).rejects.toThrow(SnapshotUnreadable);
    await expect(FileSnapshots.open(folder)).rejects.toThrow(join(meshFolder, 'head.json'));
  });

  it('does not open with the head of another mesh', async () => {
    const other = sampleSnapshot({ mesh: '123456789012/shop' });
    const store = await FileSnapshots.open(folder);
    await publishMany(store, 1);
    await store.publish(other, undefined);
    await writeFile(join(meshFolder, 'head.json'), await readFile(join(folder, folderName(other.mesh), 'head.json')));
    await expect(FileSnapshots.open(folder)).rejects.toMatchObject({ reason: 'mismatched' });
  });

  it('goes on after a publish that could not be written', async () => {
    const store = await FileSnapshots.open(folder);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file where the folder was');
    await expect(store.publish(sampleSnapshot(), undefined)).rejects.toMatchObject({
      name: 'SnapshotsUnavailable',
      message: expect.stringMatching(/ENOTDIR|EEXIST/),
    });
    expect(await store.head(MESH)).toBeUndefined();
    await rm(folder);
    const again = await FileSnapshots.open(folder);
    expect(await store.publish(sampleSnapshot(), undefined)).toBe('published');
    expect(await again.head(MESH)).toBeUndefined();
  });

  it('does not leave its folder for a key that is none', async () => {
    const store = await FileSnapshots.open(folder);
    const [head] = await publishMany(store, 1);
    if (head === undefined) throw new Error('no head');
    const key = `../${folderName(MESH)}/${head.latest.key}`;
    await expect(store.read(MESH, { ...head.latest, key })).rejects.toMatchObject({ reason: 'missing' });
  });
});

async function publishMany(store: FileSnapshots, count: number): Promise<readonly Head[]> {
  const heads: Head[] = [];
  for (let n = 1n; n <= count; n++) {
    await store.publish(sampleSnapshot({ version: { n }, content: `${n}` }), heads.at(-1)?.latest);
    const head = await store.head(MESH);
    if (head !== undefined) heads.push(head);
  }
  return heads;
}

async function objectsIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.snapshot'));
}
