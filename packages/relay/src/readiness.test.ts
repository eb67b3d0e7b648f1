import type { Head, SnapshotStore } from '@meshwright/snapshot';
import { SnapshotsUnavailable, SnapshotUnreadable } from '@meshwright/snapshot';
import { beforeEach, expect, it } from 'vitest';
import { ReadinessCheck } from './readiness.ts';
import { MESH, ScriptedSnapshots, snapshotOf } from './testing/store.ts';

let snapshots: ScriptedSnapshots;
let check: ReadinessCheck;
beforeEach(() => {
  snapshots = new ScriptedSnapshots();
  check = new ReadinessCheck(snapshots, () => new AbortController().signal);
});

const put = (mesh: string): void => snapshots.put(snapshotOf(1, {}, mesh));

it('is ready when there is no mesh', async () => {
  expect(await check.check()).toEqual({ isReady: true });
});

it('is not ready while no snapshot can be read, and says why; one is enough, and then it stays ready', async () => {
  put(MESH);
  put('123456789012/shop');
  snapshots.readFailure = new SnapshotUnreadable('1', 'corrupt', 'its bytes have another hash');
  expect(await check.check()).toEqual({
    isReady: false,
    reasons: [MESH, '123456789012/shop'].map((mesh) => expect.stringContaining(`no snapshot of mesh ${mesh} can be read: `)),
  });
  snapshots.readFailure = undefined;
  expect(await check.check()).toEqual({ isReady: true });
  snapshots.readFailure = new SnapshotsUnavailable('away');
  expect(await check.check()).toEqual({ isReady: true });
  expect(snapshots.reads).toBe(3);
});

it('is not ready when the heads cannot be read, or not in time', async () => {
  const failing: Pick<SnapshotStore, 'watch' | 'read'> = {
    read: (mesh, published) => snapshots.read(mesh, published),
    // biome-ignore lint/correctness/useYield: it fails before.
    async *watch() {
      throw new SnapshotsUnavailable('the table is away');
    },
  };
  expect(await new ReadinessCheck(failing, () => new AbortController().signal).check()).toEqual({
    isReady: false,
    reasons: ['the heads of the meshes cannot be read: the table is away'],
  });
  const silent: Pick<SnapshotStore, 'watch' | 'read'> = {
    read: (mesh, published) => snapshots.read(mesh, published),
    async *watch(signal): AsyncGenerator<readonly Head[]> {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve());
      if (!signal.aborted) await promise;
      yield* [];
    },
  };
  const late = new AbortController();
  const answer = new ReadinessCheck(silent, () => late.signal).check();
  late.abort();
  expect(await answer).toEqual({ isReady: false, reasons: ['the heads of the meshes could not be read in time'] });
});

it('is ready with the store away when something verified is kept nearer', async () => {
  put(MESH);
  snapshots.readFailure = new SnapshotsUnavailable('away');
  const kept = { read: snapshots.read.bind(snapshots), watch: snapshots.watch.bind(snapshots), size: 1 };
  expect(await new ReadinessCheck(kept, () => new AbortController().signal).check()).toEqual({ isReady: true });
  expect(await check.check()).toMatchObject({ isReady: false });
});

it('lets who asks at the same time share one look', async () => {
  put(MESH);
  await Promise.all([check.check(), check.check(), check.check()]);
  expect(snapshots.reads).toBe(1);
});

it('does not call a bug a reason', async () => {
  put(MESH);
  snapshots.readFailure = new TypeError('x is undefined');
  await expect(check.check()).rejects.toThrow('x is undefined');
});
