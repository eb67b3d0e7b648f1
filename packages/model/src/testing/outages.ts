import { expect, it } from 'vitest';
import type { WriteRequest } from '../change.ts';
import type { MeshStore } from '../store.ts';
import type { MeshWriter } from '../writer.ts';
import { type Failure, failingStore } from './failingStore.ts';
import { APPS, nodeResource, refTo } from './sampleResources.ts';
import { create, request, writerOn } from './writers.ts';

/** What a write asks of its store. */
const METHODS = ['load', 'changesSince', 'token', 'meshCount', 'commit'] as const satisfies readonly (keyof MeshStore)[];
const FAILURES: readonly Failure[] = ['refused', 'answerLost'];

/** What a write comes to when the store does not answer one of the calls it makes. */
export function outages(store: () => MeshStore): void {
  const mesh = create(refTo('mesh', APPS.mesh));
  const node = create(refTo('virtualNode', 'a'), nodeResource('a').spec);
  const other = create(refTo('virtualNode', 'b'));

  it.each(METHODS.flatMap((method) => FAILURES.map((how) => [method, how] as const)))(
    'is carried out once or not at all, and the next write as if nothing had been, when %s is %s',
    async (method, how) => {
      const { store: failing, failNext } = failingStore(store());
      const writer = writerOn(failing);
      for (const asked of [request([mesh], { key: 'first', bodyHash: 'one' }), request([node], { key: 'second', bodyHash: 'two' })]) {
        failNext(method, how);
        const writeIds = await sendUntilAnswered(writer, asked);
        const carriedOut = ((await store().changesSince(APPS, 0n)) ?? []).filter(({ writeId }) => writeIds.includes(writeId));
        expect(carriedOut).toHaveLength(1);
      }
      await sendUntilAnswered(writer, request([other]));
      expect(await store().generation(APPS)).toBe(3n);
      expect((await store().load(APPS))?.resources.map(({ ref }) => ref.name).toSorted()).toEqual(['a', 'apps', 'b']);
    },
  );

  it.each(METHODS)('ends within its time when %s never answers again', async (method) => {
    let waited = 0;
    const { store: failing, failNext } = failingStore(store());
    const writer = writerOn(failing, {
      monotonic: () => waited,
      sleep: async (millis) => {
        waited += millis;
      },
    });
    failNext(method, 'refused', 10_000);
    const results = await Promise.allSettled(
      [mesh, node, other].map((change) => writer.write(request([change], { key: change.ref.name, bodyHash: 'one' }))),
    );
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: expect.stringMatching(/^(ServiceUnavailable|NotFound)$/) });
    expect(waited).toBeLessThan(8_300);
  });
}

/** Sends a request as SDKs do, again when it failed; answers under which write ids. */
async function sendUntilAnswered(writer: MeshWriter, asked: WriteRequest): Promise<readonly string[]> {
  for (const writeIds = [asked.writeId]; ; writeIds.unshift(`${asked.writeId}-${writeIds.length}`)) {
    const failure = await writer.write({ ...asked, writeId: writeIds[0] ?? '' }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return writeIds;
    expect(failure).toMatchObject({ code: 'ServiceUnavailable' });
    expect(writeIds.length).toBeLessThan(3);
  }
}
