import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILER_BUILD, type PublishEvent } from '@meshwright/compiler';
import { meshStateOf } from '@meshwright/compiler/testing';
import { MeshError, MeshReplicas, meshId, type Resource } from '@meshwright/model';
import { folderName, SnapshotUnreadable } from '@meshwright/snapshot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPublishing } from './publishing.ts';
import { healingSnapshots } from './restoring.ts';
import { FileSnapshots } from './snapshots/fileSnapshots.ts';
import { StartFailed } from './startFailed.ts';
import { MemoryStore } from './store/memoryStore.ts';

const apps = { owner: '123456789012', mesh: 'apps' };

let folder: string;
let store: MemoryStore;
let published: PublishEvent[];
let failures: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-publishing-'));
  store = new MemoryStore();
  await store.commit(apps, 0n, [], { writeId: 'w', at: 1, author: 'a', source: 's' });
});
afterEach(() => rm(folder, { recursive: true }));

describe('catching up at the start', () => {
  it('publishes what is behind, then has nothing to do', async () => {
    await catchUp();
    expect(published).toMatchObject([{ result: { kind: 'published', version: { n: 1n } } }]);
    await catchUp();
    expect(published).toEqual([]);
  });

  it.each([
    ['corrupt', (path: string) => writeFile(path, 'zzz')],
    ['gone', (path: string) => rm(path)],
  ])('makes a snapshot again whose object is %s: the same version by the same key', async (_, damage) => {
    const { latest } = await catchUp();
    await damageAll(damage);
    const { latest: restored, snapshots } = await catchUp();
    expect(published).toMatchObject([{ result: { kind: 'published', version: { n: 1n, build: COMPILER_BUILD } } }]);
    expect(restored).toEqual(latest);
    expect((await snapshots.read(meshId(apps), restored)).version).toEqual(latest.version);
    await catchUp();
    expect(published).toEqual([]);
  });

  it('ends with the reason, as one line, when the store cannot say what it holds', async () => {
    store.meshes = () => Promise.reject(new MeshError('ServiceUnavailable', 'The store cannot answer: restore it.'));
    await expect(catchUp()).rejects.toThrow(new StartFailed('The store cannot answer: restore it.'));
  });
});

describe('a snapshot that is asked for while it is served', () => {
  it.each([
    ['corrupt', (path: string) => writeFile(path, 'zzz')],
    ['gone', (path: string) => rm(path)],
  ])('is made again when its object is %s, and those who watch are told', async (_, damage) => {
    const { latest, snapshots } = await catchUp();
    const healing = healingSnapshots({ store, snapshots, now: () => 1, onPublished: (event) => published.push(event) });
    const heads = healing.watch(AbortSignal.timeout(5_000))[Symbol.asyncIterator]();
    await heads.next();
    published = [];
    for (let damages = 1; damages <= 2; damages++) {
      await damageAll(damage);
      expect((await healing.read(meshId(apps), latest)).version).toEqual(latest.version);
      expect((await heads.next()).value).toMatchObject([{ rev: BigInt(damages + 1), latest }]);
    }
    expect(published).toMatchObject([{ mesh: apps, result: { version: latest.version } }, { mesh: apps }]);
    expect(await healing.read(meshId(apps), latest)).toEqual(await snapshots.read(meshId(apps), latest));
  });

  it.each(['at a start', 'when it is asked for'])('is made again %s with what a proxy kept on which the compiler fails', async (when) => {
    const { mesh, resources } = meshStateOf([
      { kind: 'mesh', name: 'apps' },
      { kind: 'virtualNode', name: 'a', spec: { listeners: [] } },
    ]);
    const commit = async (...after: readonly Resource[]): Promise<void> => {
      const changes = after.map((resource) => ({ ref: resource.ref, after: resource }));
      await store.commit(mesh, await store.generation(mesh), changes, { writeId: 'w', at: 1, author: 'a', source: 's' });
    };
    await commit(...resources);
    await catchUp();
    // As no release could have stored it: the compiler trips over it.
    const node = resources.find(({ ref }) => ref.kind === 'virtualNode');
    await commit({ ...node, spec: { listeners: 5 } } as unknown as Resource);
    const { latest, snapshots: before } = await catchUp();
    const whole = await before.read(meshId(apps), latest);
    expect([...(whole.carriedOver?.keys() ?? [])]).toEqual(['virtualNode/a']);
    await rm(join(folder, folderName(meshId(apps)), `${latest.key}.snapshot`));
    if (when === 'at a start') {
      const { latest: restored, snapshots } = await catchUp();
      expect(restored).toEqual(latest);
      expect(await snapshots.read(meshId(apps), latest)).toEqual(whole);
      return;
    }
    const healing = healingSnapshots({ store, snapshots: before, now: () => 1, onPublished: () => {} });
    expect(await healing.read(meshId(apps), latest)).toEqual(whole);
  });

  it('is left to whoever committed when the mesh has moved on, and tried once only', async () => {
    const { latest, snapshots } = await catchUp();
    let loads = 0;
    const load: MemoryStore['load'] = (mesh) => {
      loads += 1;
      return store.load(mesh);
    };
    const healing = healingSnapshots({ store: { load }, snapshots, now: () => 1, onPublished: (event) => published.push(event) });
    await store.commit(apps, 1n, [], { writeId: 'w2', at: 2, author: 'a', source: 's' });
    await damageAll((path) => rm(path));
    published = [];
    for (let asked = 0; asked < 3; asked++) {
      await expect(healing.read(meshId(apps), latest)).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason: 'missing' });
    }
    expect([loads, published]).toEqual([1, []]);
    await catchUp();
    expect(published).toMatchObject([{ result: { kind: 'published', version: { n: 2n } } }]);
  });

  it('is not made again for an older version, which nobody serves', async () => {
    const { latest, snapshots } = await catchUp();
    const healing = healingSnapshots({ store, snapshots, now: () => 1, onPublished: (event) => published.push(event) });
    published = [];
    const older = { ...latest, key: `1.0.1-${'0'.repeat(32)}` };
    await expect(healing.read(meshId(apps), older)).rejects.toThrow(SnapshotUnreadable);
    expect(published).toEqual([]);
  });
});

async function damageAll(damage: (path: string) => Promise<void>): Promise<void> {
  const mesh = join(folder, folderName(meshId(apps)));
  for (const name of await readdir(mesh)) if (name.endsWith('.snapshot')) await damage(join(mesh, name));
}

/** A start: what is published is in `published`. */
async function catchUp() {
  published = [];
  failures = [];
  const snapshots = await FileSnapshots.open(folder);
  const publishing = createPublishing({
    store,
    replicas: new MeshReplicas(store),
    snapshots,
    now: () => 1,
    setTimer: () => () => {},
    onPublished: (event) => published.push(event),
    onFailure: (_, cause) => failures.push(cause),
  });
  await publishing.catchUp();
  await publishing.close();
  expect(failures).toEqual([]);
  const head = await snapshots.head(meshId(apps));
  if (head === undefined) throw new Error('no head');
  return { snapshots, latest: head.latest };
}
