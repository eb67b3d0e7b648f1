import { expect, it } from 'vitest';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, headOf, MESH, publishNext } from './setup.ts';

export function unchanged(setup: CurrentSetup): void {
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
