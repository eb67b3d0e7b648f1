import { expect, it } from 'vitest';
import type { MeshSnapshot } from '../../snapshot.ts';
import type { Head } from '../../store.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, headOf, MESH, OTHER_MESH, publishNext } from './setup.ts';

export function reopening(setup: CurrentSetup): void {
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
