import { expect, it } from 'vitest';
import { LOG_RETENTION_DAYS, type MeshStore } from '../store.ts';
import { APPS, commitInfo, nodeResource } from './sampleResources.ts';

const RETENTION_MILLIS = LOG_RETENTION_DAYS * 86_400_000;

/** How long log rows are kept, in a store that was not told otherwise. */
export function retention(store: () => MeshStore): void {
  const commitAt = async (at: number): Promise<void> => {
    const generation = await store().generation(APPS);
    const after = nodeResource('a', Number(generation) + 1);
    const outcome = await store().commit(APPS, generation, [{ ref: after.ref, after }], commitInfo(`w${generation + 1n}`, at));
    expect(outcome.kind).toBe('committed');
  };
  const commitsAt = async (at: number, count: number): Promise<void> => {
    for (let commit = 0; commit < count; commit++) await commitAt(at);
  };
  const generationsSince = async (generation: bigint): Promise<readonly number[] | undefined> =>
    (await store().changesSince(APPS, generation))?.map((row) => Number(row.generation));

  it('keeps a log row as long as it is not older than the newest by more than the retention', async () => {
    await commitsAt(1_000, 3);
    await commitsAt(1_000 + RETENTION_MILLIS, 2);
    expect(await generationsSince(0n)).toEqual([1, 2, 3, 4, 5]);
  });

  it('says that rows are no longer kept instead of answering those that are left', async () => {
    await commitsAt(1_000, 12);
    await commitsAt(2_000, 2);
    await commitsAt(1_001 + RETENTION_MILLIS, 14);
    expect(await generationsSince(0n)).toBeUndefined();
    expect(await generationsSince(11n)).toBeUndefined();
    expect(await generationsSince(12n)).toEqual(Array.from({ length: 16 }, (_, index) => index + 13));
    expect(await generationsSince(27n)).toEqual([28]);
    expect(await generationsSince(28n)).toEqual([]);
    expect(await store().load(APPS)).toEqual({ mesh: APPS, generation: 28n, resources: [nodeResource('a', 28)] });
  });

  it('keeps the rows of a mesh that is left alone, however old they get', async () => {
    await commitAt(1_000);
    const other = { owner: APPS.owner, mesh: 'other' };
    await store().commit(other, 0n, [], commitInfo('w2', 2_000 + RETENTION_MILLIS));
    await store().commit(other, 1n, [], commitInfo('w3', 2_000 + RETENTION_MILLIS));
    expect(await generationsSince(0n)).toEqual([1]);
  });

  it('leaves no gap where a clock was set back', async () => {
    await commitAt(2 * RETENTION_MILLIS);
    await commitAt(1_000);
    await commitsAt(2 * RETENTION_MILLIS, 4);
    expect(await generationsSince(0n)).toEqual([1, 2, 3, 4, 5, 6]);
  });
}
