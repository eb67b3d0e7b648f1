import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeSnapshot } from '../codec.ts';
import type { MeshSnapshot } from '../snapshot.ts';
import type { Head, Published, SnapshotStore } from '../store.ts';
import { SnapshotUnreadable } from '../unreadable.ts';
import { sampleSnapshot } from './sampleSnapshot.ts';

/** The objects behind a store, past the port: for looking at them and for damaging them. */
export interface ObjectAccess {
  keys(mesh: string): Promise<readonly string[]>;
  get(mesh: string, key: string): Promise<Uint8Array>;
  put(mesh: string, key: string, bytes: Uint8Array): Promise<void>;
  remove(mesh: string, key: string): Promise<void>;
}

/** One empty store and what the contract needs beside it. */
export interface SnapshotStoreSetup {
  readonly store: SnapshotStore;
  readonly objects: ObjectAccess;
  /** Another store on the same medium, as after a restart; the first one is not used any more. */
  reopen(): Promise<SnapshotStore>;
  close(): Promise<void>;
}

const MESH = '123456789012/apps';
const OTHER_MESH = '123456789012/shop';

/** What every `SnapshotStore` does; each adapter runs it with a `make` that answers an empty store. */
export function snapshotStoreContract(name: string, make: () => Promise<SnapshotStoreSetup>): void {
  describe(`SnapshotStore contract: ${name}`, () => {
    let setup: SnapshotStoreSetup;
    beforeEach(async () => {
      setup = await make();
    });
    afterEach(() => setup.close());
    const current = (): SnapshotStoreSetup => setup;
    publishing(current);
    racing(current);
    unchanged(current);
    damage(current);
    watching(current);
    reopening(current);
  });
}

function publishing(setup: () => SnapshotStoreSetup): void {
  it('has no head for a mesh that was never published', async () => {
    expect(await setup().store.head(MESH)).toBeUndefined();
  });

  it('reads back what was published', async () => {
    const snapshot = sampleSnapshot();
    expect(await setup().store.publish(snapshot, undefined)).toBe('published');
    const head = await headOf(setup().store);
    const { key, content } = encodeSnapshot(snapshot);
    expect(head).toEqual({ mesh: MESH, rev: 1n, latest: { version: snapshot.version, key, content }, serving: head.latest });
    expect(await setup().store.read(MESH, head.serving)).toEqual(snapshot);
  });

  it('moves the head with every version, remembers the key before, and still reads the older version', async () => {
    const { store } = setup();
    const first = await publishNext(store, { n: 1n, content: 'a' });
    const second = await publishNext(store, { n: 5n, content: 'b' });
    expect(second).toMatchObject({ rev: 2n, parent: first.latest.key });
    expect(second.serving).toEqual(second.latest);
    expect(await store.read(MESH, first.latest)).toEqual(sampleSnapshot({ content: 'a' }));
    expect(await store.read(MESH, second.latest)).toEqual(sampleSnapshot({ version: { n: 5n }, content: 'b' }));
  });

  it('orders by epoch, then n, then build', async () => {
    const { store } = setup();
    await publishNext(store, { n: 7n, build: 2, content: 'a' });
    for (const older of [
      { n: 7n, build: 2 },
      { n: 7n, build: 1 },
      { n: 6n, build: 9 },
    ]) {
      const { latest } = await headOf(store);
      expect(await store.publish(sampleSnapshot({ version: older, content: 'z' }), latest)).toBe('stale');
    }
    expect((await publishNext(store, { n: 7n, build: 3, content: 'b' })).rev).toBe(2n);
    expect((await publishNext(store, { epoch: 2, n: 1n, build: 1, content: 'c' })).rev).toBe(3n);
  });

  it('keeps meshes apart', async () => {
    const { store } = setup();
    await store.publish(sampleSnapshot({ mesh: MESH, content: 'a' }), undefined);
    await store.publish(sampleSnapshot({ mesh: OTHER_MESH, content: 'b' }), undefined);
    const head = await headOf(store);
    expect(await store.read(MESH, head.latest)).toEqual(sampleSnapshot({ content: 'a' }));
    await expect(store.read(OTHER_MESH, head.latest)).rejects.toThrow(SnapshotUnreadable);
  });

  it('takes any mesh name, and tells names apart that a file system may confuse', async () => {
    const { store } = setup();
    const names = [
      'a/b',
      'a',
      'A',
      '..',
      '.',
      '%2F',
      'a\\b',
      'nul',
      'ünï',
      'ü',
      'u\u0308',
      'x'.repeat(255),
      `${'x'.repeat(254)}y`,
      '__proto__',
      ' ',
    ];
    const meshes = names.map((name) => `123456789012/${name}`);
    for (const mesh of meshes) await store.publish(sampleSnapshot({ mesh, content: mesh }), undefined);
    for (const mesh of meshes) {
      const head = await headOf(store, mesh);
      expect(head).toMatchObject({ mesh, rev: 1n });
      expect(await store.read(mesh, head.latest)).toEqual(sampleSnapshot({ mesh, content: mesh }));
    }
  });
}

function racing(setup: () => SnapshotStoreSetup): void {
  it('refuses a publisher that built on something else than the head', async () => {
    const { store } = setup();
    const first = await publishNext(store, { n: 1n, content: 'a' });
    await publishNext(store, { n: 2n, content: 'b' });
    const late = sampleSnapshot({ version: { n: 3n }, content: 'c' });
    expect(await store.publish(late, first.latest)).toBe('stale');
    expect(await store.publish(late, undefined)).toBe('stale');
    expect(await headOf(store)).toMatchObject({ rev: 2n, latest: { version: { n: 2n } } });
  });

  it('refuses a publisher that built on a head where there is none', async () => {
    const { store } = setup();
    const other = await publishNext(store, { n: 1n }, OTHER_MESH);
    expect(await store.publish(sampleSnapshot({ version: { n: 2n } }), other.latest)).toBe('stale');
    expect(await store.head(MESH)).toBeUndefined();
  });

  it('lets one of several publishers with the same parent win, whoever has the newest version', async () => {
    const { store } = setup();
    const { latest } = await publishNext(store, { n: 1n, content: 'a' });
    const rivals = ['b', 'c', 'd', 'e'].map((content, place) => sampleSnapshot({ version: { n: BigInt(place + 2) }, content }));
    const outcomes = await Promise.all(rivals.map((rival) => store.publish(rival, latest)));
    expect(outcomes.toSorted()).toEqual(['published', 'stale', 'stale', 'stale']);
    const head = await headOf(store);
    expect(head.rev).toBe(2n);
    expect(await store.read(MESH, head.latest)).toEqual(rivals[outcomes.indexOf('published')]);
  });

  it('lets one of several first publishers win', async () => {
    const { store } = setup();
    const outcomes = await Promise.all(['a', 'b', 'c'].map((content) => store.publish(sampleSnapshot({ content }), undefined)));
    expect(outcomes.toSorted()).toEqual(['published', 'stale', 'stale']);
    expect(await headOf(store)).toMatchObject({ rev: 1n });
  });
}

function unchanged(setup: () => SnapshotStoreSetup): void {
  it('moves the version only, and writes no object, when the content is the same', async () => {
    const { store, objects } = setup();
    const first = await publishNext(store, { n: 1n });
    const later = sampleSnapshot({ version: { n: 2n } });
    expect(await store.publish(later, first.latest)).toBe('unchanged');
    const head = await headOf(store);
    expect(head).toEqual({ ...first, rev: 2n, latest: { ...first.latest, version: later.version }, serving: head.latest });
    expect(await objects.keys(MESH)).toEqual([first.latest.key]);
    expect(await store.read(MESH, head.latest)).toEqual(later);
  });

  it('does the same for a newer build of the same n', async () => {
    const { store } = setup();
    const first = await publishNext(store, { n: 1n, build: 1 });
    expect(await store.publish(sampleSnapshot({ version: { build: 2 } }), first.latest)).toBe('unchanged');
    expect(await headOf(store)).toMatchObject({ rev: 2n, latest: { version: { n: 1n, build: 2 }, key: first.latest.key } });
  });

  it('publishes an object for a newer build with other content', async () => {
    const { store, objects } = setup();
    const first = await publishNext(store, { n: 1n, build: 1, content: 'a' });
    const second = await publishNext(store, { n: 1n, build: 2, content: 'b' });
    expect(second.parent).toBe(first.latest.key);
    expect(await objects.keys(MESH)).toHaveLength(2);
  });

  it('knows a head that has moved without a new object from the one before', async () => {
    const { store } = setup();
    const first = await publishNext(store, { n: 1n });
    await publishNext(store, { n: 2n });
    expect(await store.publish(sampleSnapshot({ version: { n: 3n } }), first.latest)).toBe('stale');
  });
}

function damage(setup: () => SnapshotStoreSetup): void {
  const damaged: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array, SnapshotUnreadable['reason']])[] = [
    ['with one bit changed', (bytes) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 4), 'corrupt'],
    ['cut short', (bytes) => bytes.slice(0, -1), 'truncated'],
    ['that is empty', () => new Uint8Array(), 'truncated'],
    ['with something behind its end', (bytes) => new Uint8Array([...bytes, 0]), 'corrupt'],
    ['that is another one', () => encodeSnapshot(sampleSnapshot({ content: 'another' })).bytes, 'corrupt'],
  ];
  for (const [what, change, reason] of damaged) {
    it(`does not read an object ${what}`, async () => {
      const { store, objects } = setup();
      const { latest } = await publishNext(store, { n: 1n });
      await objects.put(MESH, latest.key, change(new Uint8Array(await objects.get(MESH, latest.key))));
      await expect(store.read(MESH, latest)).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason, key: latest.key });
    });
  }

  it('does not read an object that is gone, and publishes the next version all the same', async () => {
    const { store, objects } = setup();
    const { latest } = await publishNext(store, { n: 1n, content: 'a' });
    await objects.remove(MESH, latest.key);
    await expect(store.read(MESH, latest)).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason: 'missing', key: latest.key });
    const next = await publishNext(store, { n: 2n, content: 'b' });
    expect(await store.read(MESH, next.latest)).toEqual(sampleSnapshot({ version: { n: 2n }, content: 'b' }));
  });

  it.each([
    ['gone', (objects: ObjectAccess, key: string) => objects.remove(MESH, key)],
    ['corrupt', (objects: ObjectAccess, key: string) => objects.put(MESH, key, new TextEncoder().encode('zzz'))],
  ])('writes an object again that is %s, with the next version of the same content', async (_, damageObject) => {
    const { store, objects } = setup();
    const { latest } = await publishNext(store, { n: 1n });
    await damageObject(objects, latest.key);
    const later = sampleSnapshot({ version: { n: 2n } });
    expect(await store.publish(later, latest)).toBe('published');
    const head = await headOf(store);
    expect(head).toMatchObject({ rev: 2n, latest: { version: later.version, content: latest.content } });
    expect(await store.read(MESH, head.latest)).toEqual(later);
  });

  it('is not disturbed by an object whose publisher died before it moved the head', async () => {
    const { store, objects } = setup();
    const first = await publishNext(store, { n: 1n, content: 'a' });
    const abandoned = sampleSnapshot({ version: { n: 2n }, content: 'b' });
    const { key, bytes } = encodeSnapshot(abandoned);
    await objects.put(MESH, key, bytes);
    expect(await headOf(store)).toEqual(first);
    const reopened = await setup().reopen();
    expect(await headOf(reopened)).toEqual(first);
    expect(await reopened.read(MESH, first.latest)).toEqual(sampleSnapshot({ content: 'a' }));
    expect(await reopened.publish(abandoned, first.latest)).toBe('published');
    expect(await reopened.read(MESH, (await headOf(reopened)).latest)).toEqual(abandoned);
  });
}

function watching(setup: () => SnapshotStoreSetup): void {
  const started: AbortController[] = [];
  const watch = (store: SnapshotStore): { readonly next: () => Promise<IteratorResult<readonly Head[]>>; readonly abort: () => void } => {
    const controller = new AbortController();
    started.push(controller);
    const heads = store.watch(controller.signal)[Symbol.asyncIterator]();
    return { next: () => heads.next(), abort: () => controller.abort() };
  };
  afterEach(() => {
    for (const controller of started.splice(0)) controller.abort();
  });

  it('tells the current heads first, an empty list where there are none, then each that changes', async () => {
    const { store } = setup();
    const early = watch(store);
    expect(await early.next()).toEqual({ done: false, value: [] });
    const first = await publishNext(store, { n: 1n });
    expect(await early.next()).toEqual({ done: false, value: [first] });
    const late = watch(store);
    expect(await late.next()).toEqual({ done: false, value: [first] });
    const waiting = [early.next(), late.next()];
    const second = await publishNext(store, { n: 2n, content: 'b' });
    expect(await Promise.all(waiting)).toEqual([
      { done: false, value: [second] },
      { done: false, value: [second] },
    ]);
  });

  it('tells a slow reader the newest head of each mesh only', async () => {
    const { store } = setup();
    const { next } = watch(store);
    await next();
    for (let n = 1n; n <= 5n; n++) await publishNext(store, { n, content: `${n}` });
    await publishNext(store, { n: 1n }, OTHER_MESH);
    const told = new Map<string, bigint>();
    while (told.get(MESH) !== 5n || told.get(OTHER_MESH) !== 1n) {
      const { value } = await next();
      for (const { mesh, rev } of value as readonly Head[]) {
        expect(rev).toBeGreaterThan(told.get(mesh) ?? 0n);
        told.set(mesh, rev);
      }
    }
    expect([...told]).toHaveLength(2);
  });

  it('tells nothing of a publisher that lost', async () => {
    const { store } = setup();
    const first = await publishNext(store, { n: 1n, content: 'a' });
    const { next } = watch(store);
    await next();
    await store.publish(sampleSnapshot({ version: { n: 9n }, content: 'z' }), undefined);
    const second = await publishNext(store, { n: 2n, content: 'b' });
    expect(second.rev).toBe(first.rev + 1n);
    expect(await next()).toEqual({ done: false, value: [second] });
  });

  it('ends with its signal, also while it waits, and leaves other watchers alone', async () => {
    const { store } = setup();
    const [ended, other] = [watch(store), watch(store)];
    await Promise.all([ended.next(), other.next()]);
    const [last, next] = [ended.next(), other.next()];
    ended.abort();
    expect(await last).toEqual({ done: true, value: undefined });
    const head = await publishNext(store, { n: 1n });
    expect(await next).toEqual({ done: false, value: [head] });
  });

  it('tells nothing when its signal was aborted before', async () => {
    const { store } = setup();
    await publishNext(store, { n: 1n });
    expect(await store.watch(AbortSignal.abort())[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });
}

function reopening(setup: () => SnapshotStoreSetup): void {
  it('keeps heads and objects when it is opened again, and goes on counting', async () => {
    const { store } = setup();
    await publishNext(store, { n: 1n, content: 'a' });
    const before = await publishNext(store, { n: 2n, content: 'b' });
    const other = await publishNext(store, { n: 1n, content: 'c' }, OTHER_MESH);
    const reopened = await setup().reopen();
    expect(await headOf(reopened)).toEqual(before);
    expect(await reopened.read(OTHER_MESH, other.latest)).toEqual(sampleSnapshot({ mesh: OTHER_MESH, content: 'c' }));
    const heads = await reopened.watch(AbortSignal.timeout(5_000))[Symbol.asyncIterator]().next();
    expect((heads.value as readonly Head[]).map(({ mesh }) => mesh).toSorted()).toEqual([MESH, OTHER_MESH]);
    expect(await publishNext(reopened, { n: 3n, content: 'd' })).toMatchObject({ rev: 3n, parent: before.latest.key });
  });

  it('answers a publisher that died after it moved the head as one that comes too late', async () => {
    const { store } = setup();
    const snapshot: MeshSnapshot = sampleSnapshot();
    await store.publish(snapshot, undefined);
    const reopened = await setup().reopen();
    expect(await reopened.publish(snapshot, undefined)).toBe('stale');
    expect(await headOf(reopened)).toMatchObject({ rev: 1n });
  });
}

async function headOf(store: SnapshotStore, mesh = MESH): Promise<Head> {
  const head = await store.head(mesh);
  if (head === undefined) throw new Error(`${mesh} has no head`);
  return head;
}

interface Next {
  readonly epoch?: number;
  readonly n: bigint;
  readonly build?: number;
  readonly content?: string;
}

/** Publishes from the head as it is and answers the head that follows. */
async function publishNext(store: SnapshotStore, { content = 'a', ...version }: Next, mesh = MESH): Promise<Head> {
  const parent: Published | undefined = (await store.head(mesh))?.latest;
  const outcome = await store.publish(sampleSnapshot({ mesh, version, content }), parent);
  expect(outcome).not.toBe('stale');
  return await headOf(store, mesh);
}
