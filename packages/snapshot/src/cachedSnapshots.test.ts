import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemorySnapshots } from '@meshwright/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CachedSnapshots } from './cachedSnapshots.ts';
import type { LoadedSnapshot } from './codec.ts';
import type { MeshSnapshot } from './snapshot.ts';
import type { Head, ObjectSnapshots } from './store.ts';
import { FailingSnapshots, type ObjectAccess, sampleSnapshot, snapshotStoreContract } from './testing/index.ts';

const MESH = '123456789012/apps';

const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'meshwright-cache-'));

snapshotStoreContract('memory, with what was read on disk', async () => {
  const objectsByMesh = new Map<string, Map<string, Uint8Array>>();
  const memory = { heads: new Map<string, Head>(), objects: objectsByMesh };
  const objectsOf = (mesh: string): Map<string, Uint8Array> => objectsByMesh.get(mesh) ?? new Map();
  const objects: ObjectAccess = {
    keys: async (mesh) => [...objectsOf(mesh).keys()],
    get: async (mesh, key) => objectsOf(mesh).get(key) ?? Promise.reject(new Error(`no object ${key}`)),
    put: async (mesh, key, bytes) => void objectsOf(mesh).set(key, bytes),
    remove: async (mesh, key) => void objectsOf(mesh).delete(key),
  };
  const base = await temporaryFolder();
  const opened: CachedSnapshots[] = [];
  const open = async (): Promise<CachedSnapshots> => {
    // Several are in use at once, and a folder is of one.
    const folder = join(base, `${opened.length}`);
    const store = await CachedSnapshots.open(new MemorySnapshots(memory), { folder, onTrouble: failOn });
    opened.push(store);
    return store;
  };
  return {
    store: await open(),
    objects,
    reopen: open,
    dying: { skipped: 'memory does not outlive the process that dies' },
    rewinding: { skipped: 'who writes the heads holds them, and who watches them ends with it' },
    failWatchReads: { skipped: 'a change is told by who makes it: nothing is read that could fail' },
    close: async () => {
      await Promise.all(opened.map((store) => store.settled()));
      await rm(base, { recursive: true });
    },
  };
});

function failOn(path: string, cause: unknown): void {
  throw new Error(`trouble with ${path}`, { cause });
}

describe('CachedSnapshots', () => {
  let folder: string;
  let inner: MemorySnapshots;
  let store: FailingSnapshots;
  let troubles: string[];
  beforeEach(async () => {
    folder = await temporaryFolder();
    inner = new MemorySnapshots();
    store = new FailingSnapshots(inner);
    troubles = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = (source: ObjectSnapshots = store, maxBytes?: number): Promise<CachedSnapshots> =>
    CachedSnapshots.open(source, {
      folder,
      ...(maxBytes !== undefined && { maxBytes }),
      onTrouble: (path, cause) => troubles.push(`${path.slice(folder.length + 1)}: ${String(cause)}`),
    });

  async function publish(n: bigint, content = `${n}`, mesh = MESH): Promise<Head> {
    const parent = (await inner.head(mesh))?.latest;
    expect(await inner.publish(sampleSnapshot({ mesh, version: { n }, content }), parent)).not.toBe('stale');
    return (await inner.head(mesh)) as Head;
  }

  /** As a relay does that serves a mesh. */
  async function serve(cached: CachedSnapshots, mesh = MESH): Promise<void> {
    const head = await cached.head(mesh);
    if (head === undefined) throw new Error('no head');
    await cached.read(mesh, head.serving);
    await cached.settled();
  }

  it('has after a restart what was last read, with the store away', async () => {
    const first = await open();
    await publish(1n);
    await serve(first);
    const head = await publish(2n);
    await serve(first);
    for (const fault of ['headUnavailable', 'objectUnavailable', 'watchFails'] as const) store.fail(fault, Number.POSITIVE_INFINITY);
    const second = await open();
    expect(second.size).toBe(1);
    expect(await second.lastGood(MESH)).toEqual({ head, snapshot: sampleSnapshot({ version: { n: 2n }, content: '2' }) });
    // A question for the head is one for the newest, and what is on disk may be older.
    await expect(second.head(MESH)).rejects.toThrow('cannot be read');
    expect(await readdir(folder)).toHaveLength(2);
    expect(troubles).toEqual([]);
  });

  it('reads an object once: its name says its bytes', async () => {
    const { serving } = await publish(1n);
    await serve(await open());
    store.fail('objectUnavailable', Number.POSITIVE_INFINITY);
    expect(await (await open()).read(MESH, serving)).toEqual(sampleSnapshot({ content: '1' }));
  });

  it('keeps the newer head when its object stayed', async () => {
    const cached = await open();
    await publish(1n, 'same');
    await serve(cached);
    const head = await publish(2n, 'same');
    await cached.head(MESH);
    await cached.settled();
    expect((await (await open()).lastGood(MESH))?.head).toEqual(head);
  });

  it('has the newest on disk in the end, whenever it is read while an older one is written', async () => {
    const cached = await open();
    for (let n = 1n; n <= 40n; n += 1n) {
      const head = await publish(n);
      await cached.head(MESH);
      await cached.read(MESH, head.serving);
      // Another moment of the writing each time.
      for (let turn = 0n; turn < n; turn += 1n) await Promise.resolve();
      if (n % 3n === 0n) await cached.settled();
    }
    await cached.settled();
    expect((await cached.lastGood(MESH))?.head.latest.version.n).toBe(40n);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('has a large mesh with all that its newest object builds on, and no more, though only what changed was read', async () => {
    const cached = await open();
    const large = (n: bigint): MeshSnapshot => {
      const { proxies, ...rest } = sampleSnapshot({ version: { n }, proxies: 1_600 });
      const carriedOver = new Map([['virtualNode/node0', { version: { epoch: 1, n: 0n, build: 1 }, reason: `${n}` }]]);
      return { ...rest, proxies, carriedOver };
    };
    let before: LoadedSnapshot | undefined;
    for (let n = 1n; n <= 3n; n += 1n) {
      await inner.publish(large(n), (await inner.head(MESH))?.latest);
      // The second one is read by nobody.
      if (n === 2n) continue;
      const { serving } = (await cached.head(MESH)) as Head;
      before = { key: serving.key, snapshot: await cached.read(MESH, serving, before) };
      await cached.settled();
    }
    expect(await readdir(folder)).toHaveLength(4);
    store.fail('objectUnavailable', Number.POSITIVE_INFINITY);
    expect(await (await open()).lastGood(MESH)).toEqual({ head: await inner.head(MESH), snapshot: large(3n) });
    store.heal();
    const [link] = (await readdir(folder)).filter((name) => name.includes('.1.2.1-'));
    await rm(join(folder, link ?? ''));
    expect(await (await open()).lastGood(MESH)).toBeUndefined();
    expect(troubles).toEqual([expect.stringContaining('ENOENT')]);
  });

  it('keeps nothing that cannot be read, and what was good before it stays', async () => {
    const cached = await open();
    const head = await publish(1n);
    await serve(cached);
    await publish(2n);
    for (const fault of ['objectMissing', 'objectCorrupt', 'objectTruncated'] as const) {
      store.fail(fault);
      await expect(serve(cached)).rejects.toMatchObject({ name: 'SnapshotUnreadable' });
    }
    await cached.settled();
    expect(await (await open()).lastGood(MESH)).toEqual({ head, snapshot: sampleSnapshot({ content: '1' }) });
  });

  it.each<[string, RegExp, (bytes: Buffer) => Uint8Array | string]>([
    ['an object with a bit changed', /\.snapshot$/, (bytes) => bytes.with(20, (bytes[20] ?? 0) ^ 1)],
    ['an object that was cut short', /\.snapshot$/, (bytes) => bytes.subarray(0, 40)],
    ['an object that is empty', /\.snapshot$/, () => ''],
    ['a head that was cut short', /\.head\.json$/, (bytes) => bytes.subarray(0, 30)],
    ['a head of a newer format', /\.head\.json$/, (bytes) => bytes.toString().replace('"format": 1', '"format": 2')],
    ['a head that leads elsewhere', /\.head\.json$/, (bytes) => bytes.toString().replaceAll('"key": "', '"key": "../')],
    ['the head of another mesh', /\.head\.json$/, (bytes) => bytes.toString().replace(MESH, '123456789012/shop')],
  ])('removes %s with a word when it is opened, and reads from the store', async (_, file, damage) => {
    await publish(1n);
    await serve(await open());
    const name = (await readdir(folder)).find((found) => file.test(found)) ?? '';
    await writeFile(join(folder, name), damage(await readFile(join(folder, name))));
    const cached = await open();
    expect([cached.size, troubles.length]).toEqual([0, 1]);
    expect(await cached.lastGood(MESH)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    await serve(cached);
    expect((await cached.lastGood(MESH))?.snapshot).toEqual(sampleSnapshot({ content: '1' }));
  });

  it('does not serve what was damaged while it ran', async () => {
    const cached = await open();
    const { serving } = await publish(1n);
    await serve(cached);
    const name = (await readdir(folder)).find((found) => found.endsWith('.snapshot')) ?? '';
    await writeFile(join(folder, name), 'damaged');
    expect(await cached.read(MESH, serving)).toEqual(sampleSnapshot({ content: '1' }));
    await cached.settled();
    expect(troubles).toEqual([expect.stringContaining('the bytes of')]);
  });

  it('stays within its bytes: what was written longest ago goes first', async () => {
    const meshes = ['1/a', '1/b', '1/c'];
    for (const mesh of meshes) await publish(1n, 'same', mesh);
    const one = (await inner.readObject('1/a', ((await inner.head('1/a')) as Head).serving.key)).length;
    const cached = await open(store, 2 * one + 10);
    for (const mesh of meshes) await serve(cached, mesh);
    expect(await Promise.all(meshes.map(async (mesh) => (await cached.lastGood(mesh))?.head.mesh))).toEqual([undefined, '1/b', '1/c']);
    expect((await open(store, one)).size).toBe(1);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('removes what a crash has left, and leaves the files of others alone', async () => {
    await serveOnce();
    const before = await readdir(folder);
    await writeFile(join(folder, 'x.head.json.unfinished'), '{');
    await writeFile(join(folder, `x.1.1.1-${'0'.repeat(32)}.snapshot`), 'MW');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await open();
    expect((await readdir(folder)).toSorted()).toEqual([...before, 'notes.txt'].toSorted());
    expect(troubles).toEqual([]);
  });

  it('goes on serving when its disk does not take anything, and says so', async () => {
    const cached = await open();
    await rm(folder, { recursive: true });
    await publish(1n);
    await serve(cached);
    expect(troubles).toEqual([expect.stringContaining('ENOENT')]);
    expect(await cached.lastGood(MESH)).toBeUndefined();
    await writeFile(folder, '');
  });

  async function serveOnce(): Promise<void> {
    await publish(1n);
    await serve(await open());
  }
});
