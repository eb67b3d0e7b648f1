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

it('a commit lets a bounded number of expired tokens go, the oldest first, and the next ones the rest', async () => {
  const path = join(folder, 'mesh.db');
  const expired = 3 * PRUNED_PER_COMMIT;
  const store = SqliteStore.open(path);
  const ref = { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh } as const;
  const metadata = { arn: 'arn', uid: 'uid', version: 1, createdAt: 1, lastUpdatedAt: 1, meshOwner: mesh.owner, resourceOwner: mesh.owner };
  const answer = { ref, spec: {}, metadata, tags: [] };
  const commitAt = async (at: number, key: string, expiresAt: number): Promise<void> => {
    const token = { key, bodyHash: 'hash', answer, expiresAt };
    await store.commit(mesh, await store.generation(mesh), [], { writeId: key, at, author: 'tests', source: 'Test', token });
  };
  for (let n = 0; n < expired; n++) await commitAt(0, `old-${n}`, 100 + n);
  const left: number[] = [];
  for (let n = 0; n < 4; n++) {
    await commitAt(1_000, `new-${n}`, 2_000);
    // Asked as of a time when none had expired.
    const found = await Promise.all(Array.from({ length: expired }, (_, old) => store.token(`old-${old}`, 0)));
    left.push(found.filter((record) => record !== undefined).length);
    expect(found.lastIndexOf(undefined)).toBe(expired - (left.at(-1) ?? 0) - 1);
  }
  expect(left).toEqual([2 * PRUNED_PER_COMMIT, PRUNED_PER_COMMIT, 0, 0]);
  store.close();
});
