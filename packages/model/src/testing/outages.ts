import { expect, it } from 'vitest';
import type { RequestedChange, WriteRequest } from '../change.ts';
import { MeshError } from '../errors.ts';
import type { MeshStore } from '../store.ts';
import type { MeshWriter } from '../writer.ts';
import { type Failure, failingStore } from './failingStore.ts';
import { APPS, nodeResource, refTo } from './sampleResources.ts';
import { create, request, SteppedClock, writerOn } from './writers.ts';

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

  it.each(METHODS)('ends within its time when %s is refused from now on', async (method) => {
    const { store: failing, failNext } = failingStore(store());
    const clock = new SteppedClock();
    const writer = writerOn(failing, clock.parts);
    failNext(method, 'refused', 10_000);
    const results = await Promise.allSettled(
      [mesh, node, other].map((change) => writer.write(request([change], { key: change.ref.name, bodyHash: 'one' }))),
    );
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: expect.stringMatching(/^(ServiceUnavailable|NotFound)$/) });
    expect(clock.now).toBeLessThan(8_300);
  });

  it.each(METHODS)('ends when its 8 s are over though %s is never answered, and lets those behind it write', async (method) => {
    const { store: failing, failNext, silenced } = failingStore(store());
    const clock = new SteppedClock();
    const writer = writerOn(failing, clock.parts);
    const send = (change: RequestedChange): Promise<unknown> =>
      writer.write(request([change], { key: change.ref.name, bodyHash: 'one' })).then(
        () => 'written',
        (error: unknown) => (error instanceof MeshError ? error.code : error),
      );
    // A mesh is held from the first read on that finds it.
    if (method === 'changesSince') for (let sent = 0; sent < 2; sent++) await send(mesh);
    const change = method === 'changesSince' ? node : mesh;
    failNext(method, 'silent');
    const silence = silenced();
    const stuck = send(change);
    await silence;
    clock.advance(4_000);
    const behind = send(change);
    clock.advance(4_001);
    expect(await Promise.race([stuck, behind])).toBe('ServiceUnavailable');
    expect([await stuck, await behind]).toEqual(['ServiceUnavailable', 'written']);
    expect(await send(other)).toBe('written');
  });

  it('refuses all who queue behind silence when their own time is over', async () => {
    const { store: failing, failNext, silenced } = failingStore(store());
    const clock = new SteppedClock();
    const writer = writerOn(failing, clock.parts);
    failNext('load', 'silent', 1_000);
    const silence = silenced();
    const writes = Array.from({ length: 20 }, () => writer.write(request([mesh])));
    await silence;
    clock.advance(8_001);
    const results = await Promise.allSettled(writes);
    expect(results).toEqual(writes.map(() => expect.objectContaining({ reason: expect.objectContaining({ code: 'ServiceUnavailable' }) })));
  });

  it('finds out by its token that a commit nobody answered was carried out', async () => {
    const { store: failing, failNext, silenced } = failingStore(store());
    const clock = new SteppedClock();
    const writer = writerOn(failing, clock.parts);
    failNext('commit', 'silentlyDone');
    const silence = silenced();
    const asked = request([mesh], { key: 'token', bodyHash: 'one' });
    const unclear = expect(writer.write(asked)).rejects.toMatchObject({ code: 'ServiceUnavailable', isUndone: false });
    await silence;
    clock.advance(8_001);
    await unclear;
    const { answers } = await writer.write({ ...asked, writeId: `${asked.writeId}-again` });
    expect(answers).toEqual([await store().get(APPS, mesh.ref)]);
    expect(await store().generation(APPS)).toBe(1n);
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
