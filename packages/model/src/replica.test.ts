import { describe, expect, it } from 'vitest';
import { MeshReplica, type ReplicaSource } from './replica.ts';
import type { Change, LogRow } from './store.ts';
import { APPS, commitInfo, nodeResource } from './testing/sampleResources.ts';
import { resourceKey } from './view.ts';

/** A log of commits to one mesh, read as a store would; `reads` tells which way. */
function source() {
  const rows: LogRow[] = [];
  const reads: string[] = [];
  let kept = 0;
  const commit = (...changes: readonly Change[]): void => {
    const generation = BigInt(rows.length + 1);
    rows.push({ ...commitInfo(`w${generation}`), generation, changes });
  };
  const store: ReplicaSource = {
    load: async () => {
      reads.push('load');
      const resources = new Map(rows.flatMap(({ changes }) => changes).map(({ ref, after }) => [resourceKey(ref), after]));
      return { mesh: APPS, generation: BigInt(rows.length), resources: [...resources.values()].flatMap((after) => after ?? []) };
    },
    changesSince: async (_, generation) => {
      reads.push(`since ${generation}`);
      return Number(generation) < kept ? undefined : rows.slice(Number(generation));
    },
  };
  const keepFrom = (generation: number): void => {
    kept = generation;
  };
  return { store, commit, reads, rows, keepFrom };
}

function put(name: string, version = 1): Change {
  const after = nodeResource(name, version);
  return { ref: after.ref, after };
}

function names(replica: MeshReplica): readonly string[] {
  return Array.from(replica.view.list('virtualNode'), ({ ref, metadata }) => `${ref.name}${metadata.version}`).sort();
}

describe('MeshReplica', () => {
  it('reads the mesh whole once, and only what changed from then on', async () => {
    const { store, commit, reads } = source();
    const replica = new MeshReplica(store, APPS);
    expect([replica.generation, replica.size]).toEqual([0n, 0]);
    commit(put('a'), put('b'));
    await replica.catchUp();
    commit(put('a', 2), { ref: put('b').ref });
    await replica.catchUp();
    expect(reads).toEqual(['load', 'since 1']);
    expect([replica.generation, replica.size, names(replica)]).toEqual([2n, 1, ['a2']]);
  });

  it('reads the mesh whole again when rows are no longer kept, or one is missing', async () => {
    const { store, commit, reads, rows, keepFrom } = source();
    const replica = new MeshReplica(store, APPS);
    commit(put('a'));
    await replica.catchUp();
    commit(put('b'));
    commit(put('c'));
    keepFrom(2);
    await replica.catchUp();
    expect(names(replica)).toEqual(['a1', 'b1', 'c1']);
    keepFrom(0);
    commit(put('d'));
    const gap = { ...store, changesSince: async () => rows.slice(1) };
    const other = new MeshReplica(gap, APPS);
    await other.catchUp();
    commit(put('e'));
    await other.catchUp();
    expect(names(other)).toEqual(['a1', 'b1', 'c1', 'd1', 'e1']);
    expect(reads).toEqual(['load', 'since 1', 'load', 'load', 'load']);
  });

  it('shares reads between calls at the same time, never one that began before the call', async () => {
    const { store, commit, reads } = source();
    const replica = new MeshReplica(store, APPS);
    commit(put('a'));
    const first = replica.catchUp();
    commit(put('b'));
    const later = [replica.catchUp(), replica.catchUp(), replica.catchUp()];
    await first;
    commit(put('c'));
    const last = replica.catchUp();
    await Promise.all([...later, last]);
    expect(names(replica)).toEqual(['a1', 'b1', 'c1']);
    expect(reads).toEqual(['load', 'since 1', 'since 2']);
  });

  it('stays as it was when the store cannot answer, and reads again for who waited', async () => {
    const { store, commit } = source();
    let failures = 0;
    const failing: ReplicaSource = {
      ...store,
      changesSince: (...of) => (failures-- > 0 ? Promise.reject(new Error('away')) : store.changesSince(...of)),
    };
    const replica = new MeshReplica(failing, APPS);
    commit(put('a'));
    await replica.catchUp();
    commit(put('b'));
    failures = 1;
    const [first, second] = [replica.catchUp(), replica.catchUp()];
    await expect(first).rejects.toThrow('away');
    await second;
    expect([replica.generation, names(replica)]).toEqual([2n, ['a1', 'b1']]);
  });

  it('tells which commits came after a generation, as far back as it remembers', async () => {
    const { store, commit } = source();
    const replica = new MeshReplica(store, APPS);
    expect(replica.since(0n)).toEqual([]);
    commit(put('a'));
    await replica.catchUp();
    expect([replica.since(0n), replica.since(1n), replica.since(2n)]).toEqual([undefined, [], undefined]);
    commit(put('a', 2), put('b'));
    commit();
    await replica.catchUp();
    const commits = [
      { generation: 2n, writeId: 'w2', refs: [put('a').ref, put('b').ref] },
      { generation: 3n, writeId: 'w3', refs: [] },
    ];
    expect([replica.since(0n), replica.since(1n), replica.since(2n)]).toEqual([undefined, commits, commits.slice(1)]);
  });

  it('remembers a bounded number of changes', async () => {
    const { store, commit } = source();
    const replica = new MeshReplica(store, APPS);
    await replica.catchUp();
    const ninety = Array.from({ length: 90 }, (_, index) => put(`n${index}`));
    for (let index = 0; index < 100; index++) commit(...ninety);
    await replica.catchUp();
    expect(replica.since(77n)).toBeUndefined();
    expect(replica.since(78n)).toHaveLength(22);
    for (let index = 0; index < 4000; index++) {
      commit();
      if (index % 100 === 0) await replica.catchUp();
    }
    await replica.catchUp();
    expect(replica.since(2099n)).toBeUndefined();
    expect(replica.since(2100n)?.map(({ generation }) => generation)).toEqual(
      Array.from({ length: 2000 }, (_, index) => BigInt(2101 + index)),
    );
  });

  it('forgets what came before it was read whole', async () => {
    const { store, commit, keepFrom } = source();
    const replica = new MeshReplica(store, APPS);
    commit(put('a'));
    await replica.catchUp();
    commit(put('b'));
    await replica.catchUp();
    commit(put('c'));
    commit(put('d'));
    keepFrom(3);
    await replica.catchUp();
    expect([replica.since(1n), replica.since(3n), replica.since(4n)]).toEqual([undefined, undefined, []]);
  });
});
