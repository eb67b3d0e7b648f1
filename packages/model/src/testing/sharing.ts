import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { MeshReplica } from '../replica.ts';
import { MeshReplicas } from '../replicas.ts';
import { type Change, MAX_COMMIT_CHANGES, type MeshStore } from '../store.ts';
import { failingStore } from './failingStore.ts';
import { APPS, commitInfo, nodeResource, refTo } from './sampleResources.ts';
import { create, request, writerOn } from './writers.ts';

const mesh = refTo('mesh', APPS.mesh);

/** What holds when a writer shares its replicas with others, as with whoever compiles. */
export function sharing(store: () => MeshStore): void {
  it('recognises its own lost commit although another user of the replica caught up in between', async () => {
    const { failNext, replicas, writer } = sharingWriter(() => replicas.use(APPS, (replica) => replica.catchUp()));
    await writer.write(request([create(mesh)]));
    failNext('commit', 'answerLost');
    const { answers, generation } = await writer.write(request([create(refTo('virtualNode', 'a'))]));
    expect([generation, answers]).toEqual([2n, [await store().get(APPS, refTo('virtualNode', 'a'))]]);
    expect(await store().generation(APPS)).toBe(2n);
  });

  it('recognises it although more was committed since than the replica remembers', async () => {
    const { failNext, replicas, writer } = sharingWriter(async () => {
      const nodes = Array.from({ length: MAX_COMMIT_CHANGES }, (_, index) => nodeResource(`other-${index}`));
      const changes = nodes.map((after): Change => ({ ref: after.ref, after }));
      for (let generation = 2n; generation < 26n; generation++)
        await store().commit(APPS, generation, changes, commitInfo(`other-${generation}`));
      await replicas.use(APPS, (replica) => replica.catchUp());
    });
    await writer.write(request([create(mesh)]));
    failNext('commit', 'answerLost');
    expect((await writer.write(request([create(refTo('virtualNode', 'a'))]))).generation).toBe(2n);
    expect(await store().generation(APPS)).toBe(26n);
  });

  it('shows every user of a replica one generation at a time, at least the one that was newest when it asked', async () => {
    const { replicas, writer } = sharingWriter(async () => {});
    await writer.write(request([create(mesh)]));
    const count = 12;
    let written = 1n;
    const writing = (async () => {
      for (let index = 1; index <= count; index++) {
        written = (await writer.write(request([create(refTo('virtualNode', `n${index}`))]))).generation;
        for (let turn = 0; turn < index % 5; turn++) await setImmediate();
      }
    })();
    const use = async (replica: MeshReplica): Promise<void> => {
      const least = written;
      await replica.catchUp();
      const { generation, size, view } = replica;
      expect(generation).toBeGreaterThanOrEqual(least);
      // The mesh itself, and one node with each generation after its own.
      expect([size, view.count('virtualNode') + 1]).toEqual([Number(generation), Number(generation)]);
    };
    const users = Array.from({ length: 3 }, async () => {
      while (written <= BigInt(count)) {
        await replicas.use(APPS, use);
        await setImmediate();
      }
    });
    await Promise.all([writing, ...users]);
  });

  function sharingWriter(whileWaiting: () => Promise<void>) {
    const { store: failing, failNext } = failingStore(store());
    const replicas = new MeshReplicas(failing);
    // Time stands still: what happens meanwhile may take longer than a write has. The deadline's wait has a signal, and never ends.
    const sleep = (_: number, signal?: AbortSignal): Promise<void> => (signal === undefined ? whileWaiting() : new Promise(() => {}));
    const writer = writerOn(failing, { replicas, sleep, monotonic: () => 0 });
    return { failNext, replicas, writer };
  }
}
