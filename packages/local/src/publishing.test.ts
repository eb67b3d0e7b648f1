import { setImmediate } from 'node:timers/promises';
import { MeshReplicas } from '@meshwright/model';
import { describe, expect, it } from 'vitest';
import { createPublishing } from './publishing.ts';
import { MemorySnapshots } from './snapshots/memorySnapshots.ts';

const apps = { owner: '123456789012', mesh: 'apps' };

/** Publishing from a store whose mesh cannot be loaded until `mended` is set, with timers that a test lets end. */
function startPublishing() {
  const timers = new Map<() => void, number>();
  const state = { mended: false, failures: 0, loads: 0 };
  const store = {
    async load() {
      state.loads += 1;
      if (state.mended) return undefined;
      throw new Error('cannot be loaded');
    },
    changesSince: async () => undefined,
    meshes: async () => [apps],
    generation: async () => 1n,
  };
  const publishing = createPublishing({
    store,
    replicas: new MeshReplicas(store),
    snapshots: new MemorySnapshots(),
    now: () => 0,
    setTimer(callback, millis) {
      timers.set(callback, millis);
      return () => timers.delete(callback);
    },
    onFailure() {
      state.failures += 1;
    },
  });
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  };
  const retry = async (): Promise<void> => {
    for (const callback of [...timers.keys()]) {
      timers.delete(callback);
      callback();
    }
    await settled();
  };
  return { publishing, state, settled, retry, waits: () => [...timers.values()] };
}

describe('a mesh that cannot be published', () => {
  it('is tried again, less and less often, and once it could be, soon again', async () => {
    const { publishing, state, settled, retry, waits } = startPublishing();
    publishing.wake(apps);
    await settled();
    const seen: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      seen.push(...waits());
      await retry();
    }
    expect(seen).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(state.failures).toBe(9);
    state.mended = true;
    await retry();
    expect(waits()).toEqual([]);
    state.mended = false;
    publishing.wake(apps);
    await settled();
    expect(waits()).toEqual([1_000]);
    await publishing.close();
    expect(waits()).toEqual([]);
  });

  it('is under way from the commit on until the try is over', async () => {
    const { publishing, state } = startPublishing();
    expect(publishing.underWay(apps)).toBeUndefined();
    publishing.wake(apps);
    await publishing.underWay(apps);
    expect(state.failures).toBe(1);
    expect(publishing.underWay(apps)).toBeUndefined();
    await publishing.close();
  });

  it('is tried at once when there is a commit, and has one retry waiting at most', async () => {
    const { publishing, state, settled, waits } = startPublishing();
    await publishing.catchUp();
    publishing.wake(apps);
    await settled();
    expect(state.loads).toBe(2);
    expect(waits()).toEqual([2_000]);
    await publishing.close();
  });
});
