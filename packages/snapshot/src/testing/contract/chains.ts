import { expect, it } from 'vitest';
import { encodeSnapshot } from '../../codec.ts';
import { chainOf } from '../../file.ts';
import type { MeshSnapshot } from '../../snapshot.ts';
import type { Head, SnapshotStore } from '../../store.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, headOf, isSkipped, MESH } from './setup.ts';

/** Far more proxies than the change has, and more bytes than an object has that is followed by none. */
const PROXIES = 1_600;

/** Large snapshots, of which each differs from the one before in one proxy. */
function largeSnapshot(n: bigint): MeshSnapshot {
  const all = sampleSnapshot({ version: { n }, proxies: PROXIES });
  const changed = sampleSnapshot({ content: `${n}`, proxies: 1 });
  const [cluster] = sampleSnapshot({ proxies: 1 }).resources.keys();
  const proxies = new Map([...all.proxies, ...changed.proxies]);
  const used = new Set(proxies.values().flatMap(({ types }) => types.values().flatMap(({ references }) => references.values())));
  const resources = new Map([...all.resources, ...changed.resources].filter(([hash]) => used.has(hash) || hash === cluster));
  return { ...all, proxies, resources };
}

/** Large meshes, whose versions are stored as what changed since the one before. */
export function chains(setup: CurrentSetup): void {
  it('stores the next versions of a large mesh as what changed, and reads each of them back', async () => {
    const { store, objects } = setup();
    const heads = await publishLarge(store, 4n);
    const sizes = await Promise.all(heads.map(async ({ latest }) => (await objects.get(MESH, latest.key)).length));
    expect(Math.max(...sizes.slice(1))).toBeLessThan((sizes[0] ?? 0) / 20);
    for (const [place, { latest }] of heads.entries()) {
      const snapshot = largeSnapshot(BigInt(place + 1));
      expect(await store.read(MESH, latest)).toEqual(snapshot);
      // The same hash as if it were whole.
      expect(latest.content).toBe(encodeSnapshot(snapshot).content);
    }
  });

  it('goes on from what a reader has, whichever version that is, and from nothing it does not build on', async () => {
    const { store, objects } = setup();
    const [first, second, third] = await publishLarge(store, 3n);
    if (first === undefined || second === undefined || third === undefined) throw new Error('too few heads');
    const before = { key: second.latest.key, snapshot: await store.read(MESH, second.latest) };
    expect(await store.read(MESH, third.latest, { key: 'another', snapshot: before.snapshot })).toEqual(largeSnapshot(3n));
    // What is not needed is not read.
    for (const key of [first.latest.key, second.latest.key]) await objects.remove(MESH, key);
    expect(await (await setup().reopen()).read(MESH, third.latest, before)).toEqual(largeSnapshot(3n));
  });

  it.each([
    ['gone', undefined, 'missing'],
    ['damaged', (bytes: Uint8Array) => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1), 'corrupt'],
    ['another', () => encodeSnapshot(sampleSnapshot()).bytes, 'corrupt'],
  ])('does not read a version of whose chain an object is %s, and says which', async (_, change, reason) => {
    const { store, objects } = setup();
    const heads = await publishLarge(store, 3n);
    const last = heads.at(-1) as Head;
    for (const { latest } of heads) {
      const bytes = new Uint8Array(await objects.get(MESH, latest.key));
      if (change === undefined) await objects.remove(MESH, latest.key);
      else await objects.put(MESH, latest.key, change(bytes));
      const reading = (await setup().reopen()).read(MESH, last.latest);
      await expect(reading).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason, key: latest.key });
      await objects.put(MESH, latest.key, bytes);
    }
    expect(await store.read(MESH, last.latest)).toEqual(largeSnapshot(3n));
  });

  it('writes a version whole when the one before is lost, and when the content is that of a chain with a gap', async () => {
    const { store, objects } = setup();
    const [first, second] = await publishLarge(store, 2n);
    if (first === undefined || second === undefined) throw new Error('too few heads');
    await objects.remove(MESH, second.latest.key);
    expect(await store.publish(largeSnapshot(3n), second.latest)).toBe('published');
    const third = await headOf(store);
    expect(chainOf(await objects.get(MESH, third.latest.key))).toEqual([]);
    expect(await store.read(MESH, third.latest)).toEqual(largeSnapshot(3n));
    expect(await store.publish(largeSnapshot(4n), third.latest)).toBe('published');
    const fourth = await headOf(store);
    expect(chainOf(await objects.get(MESH, fourth.latest.key))).toEqual([third.latest.key]);
    await objects.remove(MESH, third.latest.key);
    const same = { ...largeSnapshot(4n), version: { epoch: 1, n: 5n, build: 1 } };
    expect(await store.publish(same, fourth.latest)).toBe('published');
    expect(await store.read(MESH, (await headOf(store)).latest)).toEqual(same);
  });

  it('moves the head only when the content of a chain stays', async () => {
    const { store, objects } = setup();
    const second = (await publishLarge(store, 2n)).at(-1) as Head;
    const keys = await objects.keys(MESH);
    const same = { ...largeSnapshot(2n), version: { epoch: 1, n: 3n, build: 1 } };
    expect(await store.publish(same, second.latest)).toBe('unchanged');
    const head = await headOf(store);
    expect(head.latest.key).toBe(second.latest.key);
    expect((await objects.keys(MESH)).toSorted()).toEqual(keys.toSorted());
    expect(await store.read(MESH, head.latest)).toEqual(same);
    // A publisher that knows nothing of what was before, and one that does.
    expect(await (await setup().reopen()).publish({ ...same, version: { epoch: 1, n: 4n, build: 1 } }, head.latest)).toBe('unchanged');
  });

  it('leaves a chain that can be read, whoever of those that race with changes wins', async (context) => {
    if (setup().racing) context.skip(setup().racing?.skipped);
    const { store } = setup();
    const { latest } = (await publishLarge(store, 2n)).at(-1) as Head;
    const rivals = [3n, 4n, 5n, 6n].map(largeSnapshot);
    const outcomes = await Promise.all(rivals.map((rival) => store.publish(rival, latest)));
    expect(outcomes.toSorted()).toEqual(['published', 'stale', 'stale', 'stale']);
    const won = await headOf(store);
    expect(await store.read(MESH, won.latest)).toEqual(rivals[outcomes.indexOf('published')]);
    expect(await store.publish(largeSnapshot(9n), won.latest)).toBe('published');
    expect(await (await setup().reopen()).read(MESH, (await headOf(store)).latest)).toEqual(largeSnapshot(9n));
  });

  it('leaves the head before or after, with its chain, wherever a publisher of changes dies', async (context) => {
    const { dying, store } = setup();
    if (isSkipped(dying)) return context.skip(dying.skipped);
    let n = 1n;
    await store.publish(largeSnapshot(n), undefined);
    for (let step = 0, died = true; died; step++) {
      const { latest } = await headOf(await setup().reopen());
      const [next, after] = [largeSnapshot(n + 1n), largeSnapshot(n + 2n)];
      died = await dying(step, async (other) => {
        await other.publish(next, latest);
        await other.publish(after, (await headOf(other)).latest);
      });
      const reopened = await setup().reopen();
      const head = await headOf(reopened);
      expect([n, n + 1n, n + 2n]).toContain(head.latest.version.n);
      n = head.latest.version.n;
      expect(await reopened.read(MESH, head.latest), `after a death at step ${step}`).toEqual(largeSnapshot(n));
    }
  });
}

/** Publishes versions 1 to `last` and answers the heads. */
async function publishLarge(store: SnapshotStore, last: bigint): Promise<readonly Head[]> {
  const heads: Head[] = [];
  for (let n = 1n; n <= last; n++) {
    expect(await store.publish(largeSnapshot(n), heads.at(-1)?.latest)).toBe('published');
    heads.push(await headOf(store));
  }
  return heads;
}
