import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Resource } from '../resource.ts';
import type { MeshStore, TokenClaim } from '../store.ts';
import { type ContractSizes, DEFAULT_SIZES } from './contractSizes.ts';
import { histories } from './histories.ts';
import { large, limits } from './largeMeshes.ts';
import { counting, listing } from './listing.ts';
import { outages } from './outages.ts';
import { retention } from './retention.ts';
import { APPS, commitInfo, created, meshResource, nodeResource, refTo } from './sampleResources.ts';
import { sharing } from './sharing.ts';
import { writing } from './writing.ts';

/** One empty store and what the contract needs beside it. */
export interface MeshStoreSetup {
  readonly store: MeshStore;
  /** Another store on the same medium, as after a restart; the first one is not used any more. */
  reopen(): Promise<MeshStore>;
  close(): Promise<void>;
}

/** What every `MeshStore` does, alone and under `MeshWriter`; each adapter runs it with a `make` that answers an empty store. */
export function meshStoreContract(name: string, make: () => Promise<MeshStoreSetup>, given: Partial<ContractSizes> = {}): void {
  const sizes: ContractSizes = { ...DEFAULT_SIZES, ...given };
  describe(`MeshStore contract: ${name}`, () => {
    let setup: MeshStoreSetup;
    beforeEach(async () => {
      setup = await make();
    });
    afterEach(() => setup.close());
    const store = (): MeshStore => setup.store;
    committing(store);
    limits(store);
    deleting(store);
    listing(store, sizes);
    counting(store);
    tokens(store);
    large(store, sizes);
    loading(store, sizes);
    retention(store);
    reopening(() => setup);
    writing(store, sizes);
    sharing(store);
    outages(store);
    histories(store, sizes);
  });
}

function committing(store: () => MeshStore): void {
  it('knows nothing of a mesh that never had a commit', async () => {
    expect(await store().generation(APPS)).toBe(0n);
    expect(await store().load(APPS)).toBeUndefined();
    expect(await store().changesSince(APPS, 0n)).toEqual([]);
    expect(await store().get(APPS, refTo('mesh', 'apps'))).toBeUndefined();
    expect(await store().list(APPS, 'virtualNode', undefined, { limit: 1 })).toEqual({ items: [] });
    expect(await store().meshes()).toEqual([]);
    expect(await store().meshCount(APPS.owner)).toBe(0);
  });

  it('keeps resources, generation and log row of a commit together', async () => {
    const changes = [created(meshResource()), created(nodeResource('a'))];
    expect(await store().commit(APPS, 0n, changes, commitInfo('w1'))).toEqual({ kind: 'committed', generation: 1n });
    expect(await store().generation(APPS)).toBe(1n);
    expect(await store().get(APPS, refTo('virtualNode', 'a'))).toEqual(nodeResource('a'));
    expect(await store().changesSince(APPS, 0n)).toEqual([{ ...commitInfo('w1'), generation: 1n, changes }]);
    expect(await store().meshes()).toEqual([APPS]);
  });

  it('keeps the message of a commit and what a resource was before', async () => {
    await store().commit(APPS, 0n, [created(nodeResource('a'))], commitInfo('w1'));
    const change = { ref: refTo('virtualNode', 'a'), before: nodeResource('a'), after: nodeResource('a', 2) };
    await store().commit(APPS, 1n, [change], { ...commitInfo('w2'), message: 'why' });
    expect(await store().changesSince(APPS, 1n)).toEqual([{ ...commitInfo('w2'), message: 'why', generation: 2n, changes: [change] }]);
    expect(await store().get(APPS, change.ref)).toEqual(nodeResource('a', 2));
  });

  it('changes nothing when the mesh is not at the expected generation', async () => {
    await store().commit(APPS, 0n, [created(meshResource())], commitInfo('w1'));
    const token = claim('late');
    for (const expected of [0n, 2n]) {
      expect(await store().commit(APPS, expected, [created(nodeResource('a'))], commitInfo('w2', 1_000, token))).toEqual({
        kind: 'behind',
      });
    }
    expect(await store().generation(APPS)).toBe(1n);
    expect(await store().get(APPS, refTo('virtualNode', 'a'))).toBeUndefined();
    expect(await store().changesSince(APPS, 1n)).toEqual([]);
    expect(await store().token(token.key, 1_000)).toBeUndefined();
  });

  it('has no changes since a generation that the mesh has not reached', async () => {
    expect(await store().changesSince(APPS, 1n)).toBeUndefined();
    await store().commit(APPS, 0n, [created(meshResource())], commitInfo('w1'));
    expect(await store().changesSince(APPS, 1n)).toEqual([]);
    expect(await store().changesSince(APPS, 2n)).toBeUndefined();
    expect(await store().changesSince(APPS, 7n)).toBeUndefined();
  });

  it('lets one of many commits at the same generation through', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const outcomes = await Promise.all(names.map((name) => store().commit(APPS, 0n, [created(nodeResource(name))], commitInfo(name))));
    expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(1);
    expect((await store().load(APPS))?.resources).toHaveLength(1);
  });

  it('counts each mesh by itself, and keeps meshes of equal names in different accounts apart', async () => {
    const other = { owner: '210987654321', mesh: 'apps' };
    await store().commit(APPS, 0n, [created(nodeResource('a'))], commitInfo('w1'));
    expect(await store().commit(other, 0n, [created(nodeResource('b'))], commitInfo('w2'))).toMatchObject({ kind: 'committed' });
    expect(await store().get(other, refTo('virtualNode', 'a'))).toBeUndefined();
    expect((await store().meshes()).length).toBe(2);
  });
}

function deleting(store: () => MeshStore): void {
  it('forgets a deleted resource at once, and says in the log what it was', async () => {
    await store().commit(APPS, 0n, [created(meshResource()), created(nodeResource('a'))], commitInfo('w1'));
    const deletion = { ref: refTo('virtualNode', 'a'), before: nodeResource('a') };
    await store().commit(APPS, 1n, [deletion], commitInfo('w2'));
    expect(await store().get(APPS, deletion.ref)).toBeUndefined();
    expect(await store().list(APPS, 'virtualNode', undefined, { limit: 10 })).toEqual({ items: [] });
    expect(await store().changesSince(APPS, 1n)).toEqual([{ ...commitInfo('w2'), generation: 2n, changes: [deletion] }]);
  });

  it('goes on counting when a mesh is deleted and created again', async () => {
    const ref = refTo('mesh', 'apps');
    await store().commit(APPS, 0n, [created(meshResource())], commitInfo('w1'));
    await store().commit(APPS, 1n, [{ ref, before: meshResource() }], commitInfo('w2'));
    expect(await store().generation(APPS)).toBe(2n);
    expect(await store().load(APPS)).toEqual({ mesh: APPS, generation: 2n, resources: [] });
    expect(await store().meshes()).toEqual([APPS]);
    expect(await store().listMeshes(APPS.owner, { limit: 10 })).toEqual({ items: [] });
    expect(await store().commit(APPS, 0n, [created(meshResource())], commitInfo('w3'))).toEqual({ kind: 'behind' });
    expect(await store().commit(APPS, 2n, [created(meshResource())], commitInfo('w4'))).toEqual({ kind: 'committed', generation: 3n });
    expect((await store().changesSince(APPS, 0n))?.map(({ generation }) => generation)).toEqual([1n, 2n, 3n]);
  });
}

function claim(key: string, answer: Resource = nodeResource('a')): TokenClaim {
  return { key, bodyHash: 'hash', answer, expiresAt: 5_000 };
}

function tokens(store: () => MeshStore): void {
  it('remembers a token until it expires', async () => {
    const token = claim('t1');
    await store().commit(APPS, 0n, [created(nodeResource('a'))], commitInfo('w1', 1_000, token));
    expect(await store().token('t1', 4_999)).toEqual(token);
    expect(await store().token('t1', 5_000)).toBeUndefined();
    expect(await store().token('t2', 1_000)).toBeUndefined();
  });

  it('commits nothing under a live token of another request, and all once it expired', async () => {
    await store().commit(APPS, 0n, [created(meshResource())], commitInfo('w1', 1_000, claim('t1')));
    const again = (at: number): ReturnType<MeshStore['commit']> =>
      store().commit(APPS, 1n, [created(nodeResource('b'))], commitInfo('w2', at, { ...claim('t1', nodeResource('b')), expiresAt: 9_000 }));
    expect(await again(4_999)).toEqual({ kind: 'tokenTaken' });
    expect(await store().generation(APPS)).toBe(1n);
    expect(await store().get(APPS, refTo('virtualNode', 'b'))).toBeUndefined();
    expect(await again(5_000)).toEqual({ kind: 'committed', generation: 2n });
    expect((await store().token('t1', 5_000))?.answer).toEqual(nodeResource('b'));
  });

  it('replaces the live token of a resource that is gone, and no other', async () => {
    await store().commit(APPS, 0n, [created(nodeResource('a'))], commitInfo('w1', 1_000, claim('t1')));
    const again = (replaces: string): ReturnType<MeshStore['commit']> =>
      store().commit(APPS, 1n, [created(nodeResource('b'))], commitInfo('w2', 1_001, { ...claim('t1', nodeResource('b')), replaces }));
    expect(await again('another-uid')).toEqual({ kind: 'tokenTaken' });
    expect(await again('virtualNode-a')).toEqual({ kind: 'committed', generation: 2n });
    expect(await store().token('t1', 1_001)).toEqual(claim('t1', nodeResource('b')));
  });
}

function loading(store: () => MeshStore, { commitsMeanwhile }: ContractSizes): void {
  it('loads a mesh as of one generation while commits go on', async () => {
    // Each commit moves all three nodes to its own version, or removes and adds one: a mix shows as different versions.
    const names = ['a', 'b', 'c'];
    const versions = Array.from({ length: commitsMeanwhile }, (_, index) => index + 1);
    const writer = (async () => {
      for (const version of versions) {
        const gone = version % 3 === 0 ? 'b' : undefined;
        const changes = names.map((name) => (name === gone ? { ref: refTo('virtualNode', name) } : created(nodeResource(name, version))));
        await store().commit(APPS, BigInt(version - 1), changes, commitInfo(`w${version}`));
        // Room for a load to begin, and for the next commit to come at another of its moments.
        for (let turn = 0; turn < version % 7; turn++) await setImmediate();
      }
    })();
    const seen: bigint[] = [];
    while ((seen.at(-1) ?? 0n) < BigInt(versions.length)) {
      await setImmediate();
      const state = await store().load(APPS);
      if (state === undefined) continue;
      const version = Number(state.generation);
      const found = state.resources.map(({ ref, metadata }) => `${ref.name}${metadata.version}`).sort();
      expect(found).toEqual(names.filter((name) => version % 3 !== 0 || name !== 'b').map((name) => `${name}${version}`));
      seen.push(state.generation);
    }
    await writer;
    expect(new Set(seen).size).toBeGreaterThan(2);
    expect(seen).toEqual(seen.toSorted((x, y) => Number(x - y)));
  });
}

function reopening(setup: () => MeshStoreSetup): void {
  it('has everything again after a restart', async () => {
    const { store, reopen } = setup();
    const token = claim('t1');
    await store.commit(APPS, 0n, [created(meshResource()), created(nodeResource('a'))], commitInfo('w1', 1_000, token));
    const state = await store.load(APPS);
    const log = await store.changesSince(APPS, 0n);
    const reopened = await reopen();
    expect(await reopened.load(APPS)).toEqual(state);
    expect(await reopened.changesSince(APPS, 0n)).toEqual(log);
    expect(await reopened.token('t1', 1_000)).toEqual(token);
  });
}
