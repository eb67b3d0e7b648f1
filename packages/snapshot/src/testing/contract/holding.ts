import { expect, it, type TestContext } from 'vitest';
import type { MeshSnapshot } from '../../snapshot.ts';
import type { HeldResource, HoldableSnapshots, SnapshotStore } from '../../store.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, headOf, MESH, publishNext } from './setup.ts';

export function holding(setup: CurrentSetup): void {
  const holdable = (context: TestContext): SnapshotStore & HoldableSnapshots => {
    const { store } = setup();
    if (store.hold === undefined) return context.skip('it is for those who read');
    return store as SnapshotStore & HoldableSnapshots;
  };

  it('holds content until told otherwise, with the versions as they are', async (context) => {
    const store = holdable(context);
    const first = await publishNext(store, { n: 1n });
    const [some, other] = contentsOf(sampleSnapshot());
    expect(await store.hold(first, [some, other])).toBe(true);
    const held = await headOf(store);
    expect(held).toEqual({ ...first, rev: held.rev, held: [some, other] });
    expect(held.rev).toBeGreaterThan(first.rev);
    expect(await headOf(await setup().reopen())).toEqual(held);
    expect(await store.hold(held, [])).toBe(true);
    const released = await headOf(store);
    expect(released).toEqual({ ...first, rev: released.rev });
    expect(released.rev).toBeGreaterThan(held.rev);
  });

  it('lets no list be written over a head that has moved, by a publish or another list', async (context) => {
    const store = holdable(context);
    const [some, other] = contentsOf(sampleSnapshot());
    const first = await publishNext(store, { n: 1n });
    await publishNext(store, { n: 2n });
    expect(await store.hold(first, [some])).toBe(false);
    const second = await headOf(store);
    const outcomes = await Promise.all([store.hold(second, [some]), store.hold(second, [other])]);
    expect(outcomes.toSorted()).toEqual([false, true]);
    expect((await headOf(store)).held).toEqual([outcomes[0] ? some : other]);
  });

  it('is told to those who watch', async (context) => {
    const store = holdable(context);
    const head = await publishNext(store, { n: 1n });
    const [some] = contentsOf(sampleSnapshot());
    const ended = new AbortController();
    const heads = store.watch(ended.signal)[Symbol.asyncIterator]();
    await heads.next();
    await store.hold(head, [some]);
    expect((await heads.next()).value).toEqual([await headOf(store)]);
    ended.abort();
  });

  it('goes on over a publish for what the new version still has, and takes nothing from a publisher who built before', async (context) => {
    const store = holdable(context);
    const first = await publishNext(store, { n: 1n, content: 'a' });
    const [kept, ofTheSecond] = contentsOf(sampleSnapshot());
    await store.hold(first, [kept, ofTheSecond]);
    expect(await store.publish(sampleSnapshot({ version: { n: 2n }, content: 'a' }), first.latest)).toBe('unchanged');
    const unchanged = await headOf(store);
    expect(unchanged.held).toEqual([kept, ofTheSecond]);
    const more = sampleSnapshot({ version: { n: 3n }, content: 'a', proxies: 1 });
    expect(await store.publish(more, unchanged.latest)).toBe('published');
    const published = await headOf(store);
    expect(published.held).toEqual([kept]);
    expect(await store.publish(sampleSnapshot({ version: { n: 4n }, content: 'b' }), published.latest)).toBe('published');
    expect(await headOf(store)).not.toHaveProperty('held');
  });

  it('holds nothing of a mesh that was never published', async (context) => {
    const store = holdable(context);
    const head = await publishNext(store, { n: 1n });
    expect(await store.hold({ ...head, mesh: `${MESH}2` }, contentsOf(sampleSnapshot()))).toBe(false);
    expect(await store.head(`${MESH}2`)).toBeUndefined();
  });
}

/** The routes of each proxy, which no two have in common. */
function contentsOf({ proxies }: MeshSnapshot): readonly [HeldResource, HeldResource] {
  const [first, second] = [...proxies.values()].flatMap(({ types }) => {
    const [[typeUrl, { references }] = ['', { references: new Map<string, string>() }]] = types;
    return Array.from(references, ([name, hash]) => ({ typeUrl, name, hash }));
  });
  if (first === undefined || second === undefined) throw new Error('a sample has two resources');
  return [first, second];
}
