import { describe, expect, it } from 'vitest';
import { publishInSteps } from '../publishing.ts';
import type { MeshSnapshot } from '../snapshot.ts';
import type { Head, SnapshotStore } from '../store.ts';
import { FailingSnapshots } from './failingSnapshots.ts';
import { sampleSnapshot } from './sampleSnapshot.ts';

const snapshot = sampleSnapshot();

describe('FailingSnapshots', () => {
  it('does what the store behind it does until told otherwise, and again after', async () => {
    const store = new FailingSnapshots(oneMesh());
    store.fail('headUnavailable', 2);
    await expect(store.head(snapshot.mesh)).rejects.toThrow('cannot be read');
    store.heal();
    expect(await store.head(snapshot.mesh)).toBeUndefined();
  });

  it('fails before the head is written, or after', async () => {
    const store = new FailingSnapshots(oneMesh());
    store.fail('headNotWritten');
    await expect(store.publish(snapshot, undefined)).rejects.toThrow('could not be written');
    expect(await store.head(snapshot.mesh)).toBeUndefined();
    store.fail('headWrittenAnswerLost');
    await expect(store.publish(snapshot, undefined)).rejects.toThrow('No answer');
    expect(await store.head(snapshot.mesh)).toMatchObject({ rev: 1n });
  });

  it.each([
    ['objectMissing', 'missing'],
    ['objectCorrupt', 'corrupt'],
    ['objectTruncated', 'truncated'],
  ] as const)('reads %s as an unreadable snapshot', async (fault, reason) => {
    const store = new FailingSnapshots(oneMesh());
    await store.publish(snapshot, undefined);
    const head = await store.head(snapshot.mesh);
    if (head === undefined) throw new Error('no head');
    store.fail(fault);
    await expect(store.read(snapshot.mesh, head.latest)).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason });
    expect(await store.read(snapshot.mesh, head.latest)).toEqual(snapshot);
  });

  it('ends a watch with an error', async () => {
    const store = new FailingSnapshots(oneMesh());
    store.fail('watchFails');
    const heads = store.watch(AbortSignal.timeout(5_000));
    await expect(heads.next()).rejects.toThrow('cannot be watched');
  });
});

/** The least store there can be: the adapters live in packages that this one does not know. */
function oneMesh(): SnapshotStore {
  let stored: { readonly head: Head; readonly snapshot: MeshSnapshot } | undefined;
  return {
    head: async () => stored?.head,
    publish: async (next, parent) => {
      const moveHead = async (head: Head): Promise<boolean> => {
        stored = { head, snapshot: next };
        return true;
      };
      return publishInSteps({ before: stored?.head, hasObject: async () => true, writeObject: async () => {}, moveHead }, next, parent);
    },
    read: async () => stored?.snapshot ?? Promise.reject(new Error('nothing stored')),
    watch: async function* () {
      yield stored === undefined ? [] : [stored.head];
    },
  };
}
