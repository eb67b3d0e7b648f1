import { afterEach, expect, it } from 'vitest';
import type { Head, SnapshotStore } from '../../store.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, isSkipped, MESH, OTHER_MESH, publishNext } from './setup.ts';

export function watching(setup: CurrentSetup): void {
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

  it('survives reads that fail: what it told stands, and the next change is told', async (context) => {
    const { store, failWatchReads } = setup();
    if (isSkipped(failWatchReads)) return context.skip(failWatchReads.skipped);
    const first = await publishNext(store, { n: 1n });
    const { next } = watch(store);
    expect(await next()).toEqual({ done: false, value: [first] });
    const waiting = next();
    await failWatchReads(3);
    const second = await publishNext(store, { n: 2n, content: 'b' });
    expect(await waiting).toEqual({ done: false, value: [second] });
  });

  it.for(['lose', 'putBack'] as const)('follows again when the heads went back under it: %s', async (wayBack, context) => {
    const { store, rewinding } = setup();
    if (isSkipped(rewinding)) return context.skip(rewinding.skipped);
    await publishNext(store, { n: 1n });
    await rewinding.remember();
    for (let n = 2n; n <= 9n; n++) await publishNext(store, { n, content: `${n}` });
    const { next } = watch(store);
    const [told] = (await next()).value as readonly Head[];
    await rewinding[wayBack]();
    const head = await publishNext(store, { n: 10n, content: 'after' });
    expect(head.rev).toBeGreaterThan(told?.rev ?? 0n);
    let seen: Head | undefined;
    // What was put back may be told before.
    while (seen?.rev !== head.rev) [seen] = (await next()).value as readonly Head[];
    expect(seen).toEqual(head);
  });

  it('tells nothing when its signal was aborted before', async () => {
    const { store } = setup();
    await publishNext(store, { n: 1n });
    expect(await store.watch(AbortSignal.abort())[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });
}
