import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeshStore } from '@meshwright/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from './memoryStore.ts';
import { PRUNED_PER_COMMIT } from './retention.ts';
import { SqliteStore } from './sqliteStore.ts';

const mesh = { owner: '123456789012', mesh: 'apps' };
const DAY_MILLIS = 86_400_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-retention-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe.each([
  ['MemoryStore', () => new MemoryStore({ logRetentionDays: 2 })],
  ['SqliteStore', () => SqliteStore.open(join(folder, 'mesh.db'), { logRetentionDays: 2 })],
])('%s', (_, open) => {
  it('keeps log rows as long as it is told, and lets a bounded number of them go with a commit', async () => {
    const store: MeshStore & { close(): void } = open();
    const commitAt = async (at: number): Promise<void> => {
      await store.commit(mesh, await store.generation(mesh), [], { writeId: 'w', at, author: 'tests', source: 'Test' });
    };
    for (let commit = 0; commit < 2 * PRUNED_PER_COMMIT; commit++) await commitAt(0);
    await commitAt(2 * DAY_MILLIS);
    expect(await store.changesSince(mesh, 0n)).toHaveLength(2 * PRUNED_PER_COMMIT + 1);
    await commitAt(2 * DAY_MILLIS + 1);
    expect(await store.changesSince(mesh, BigInt(PRUNED_PER_COMMIT - 1))).toBeUndefined();
    expect(await store.changesSince(mesh, BigInt(PRUNED_PER_COMMIT))).toHaveLength(PRUNED_PER_COMMIT + 2);
    await commitAt(2 * DAY_MILLIS + 1);
    expect(await store.changesSince(mesh, BigInt(2 * PRUNED_PER_COMMIT - 1))).toBeUndefined();
    expect(await store.changesSince(mesh, BigInt(2 * PRUNED_PER_COMMIT))).toHaveLength(3);
    store.close();
  });
});
