import { expect, it } from 'vitest';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, headOf, MESH, OTHER_MESH, publishNext } from './setup.ts';

export function racing(setup: CurrentSetup): void {
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

  it('lets one of eight publishers with several parents win: one that built on the head', async (context) => {
    if (setup().racing) context.skip(setup().racing?.skipped);
    const { store } = setup();
    const first = await publishNext(store, { n: 1n, content: 'a' });
    const second = await publishNext(store, { n: 2n, content: 'b' });
    const parents = [undefined, first.latest, second.latest, second.latest, first.latest, second.latest, undefined, second.latest];
    const rivals = parents.map((_, place) => sampleSnapshot({ version: { n: BigInt(place + 3) }, content: `rival ${place}` }));
    const outcomes = await Promise.all(rivals.map((rival, place) => store.publish(rival, parents[place])));
    expect(outcomes.toSorted()).toEqual(['published', ...Array<string>(7).fill('stale')]);
    const winner = outcomes.indexOf('published');
    expect(parents[winner]).toEqual(second.latest);
    const head = await headOf(store);
    expect(head).toMatchObject({ rev: 3n, parent: second.latest.key });
    expect(await store.read(MESH, head.latest)).toEqual(rivals[winner]);
  });

  it('lets one of eight publishers win that publish the very same', async (context) => {
    if (setup().racing) context.skip(setup().racing?.skipped);
    const { store } = setup();
    const { latest } = await publishNext(store, { n: 1n, content: 'a' });
    const same = sampleSnapshot({ version: { n: 2n }, content: 'b' });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => store.publish(same, latest)));
    expect(outcomes.toSorted()).toEqual(['published', ...Array<string>(7).fill('stale')]);
    expect(await headOf(store)).toMatchObject({ rev: 2n });
  });

  it('lets one of eight first publishers win, and one of eight that move the version only', async (context) => {
    if (setup().racing) context.skip(setup().racing?.skipped);
    const { store } = setup();
    const contents = Array.from({ length: 8 }, (_, place) => `${place}`);
    const firsts = await Promise.all(contents.map((content) => store.publish(sampleSnapshot({ content }), undefined)));
    expect(firsts.toSorted()).toEqual(['published', ...Array<string>(7).fill('stale')]);
    const { latest } = await headOf(store);
    const content = `${firsts.indexOf('published')}`;
    const laters = await Promise.all(
      contents.map((_, n) => store.publish(sampleSnapshot({ version: { n: BigInt(n + 2) }, content }), latest)),
    );
    expect(laters.toSorted()).toEqual([...Array<string>(7).fill('stale'), 'unchanged']);
    expect(await headOf(store)).toMatchObject({ rev: 2n, latest: { key: latest.key } });
  });
}
