import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MeshKey, Ref, Resource } from '../resource.ts';
import { type Change, MAX_COMMIT_BYTES, MAX_COMMIT_CHANGES, type MeshStore, type TokenClaim } from '../store.ts';
import { histories } from './histories.ts';
import { retention } from './retention.ts';
import { APPS, commitInfo, meshResource, nodeResource, refTo, resource } from './sampleResources.ts';
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
export function meshStoreContract(name: string, make: () => Promise<MeshStoreSetup>): void {
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
    listing(store);
    counting(store);
    tokens(store);
    loading(store);
    retention(store);
    reopening(() => setup);
    writing(store);
    sharing(store);
    histories(store);
  });
}

function created(after: Resource): Change {
  return { ref: after.ref, after };
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

function limits(store: () => MeshStore): void {
  const nodes = (count: number): Change[] => Array.from({ length: count }, (_, index) => created(nodeResource(`n${index}`)));

  it(`takes ${MAX_COMMIT_CHANGES} changes in one commit and no more`, async () => {
    await expect(store().commit(APPS, 0n, nodes(MAX_COMMIT_CHANGES + 1), commitInfo('w1'))).rejects.toMatchObject({
      code: 'LimitExceeded',
    });
    expect(await store().generation(APPS)).toBe(0n);
    expect(await store().commit(APPS, 0n, nodes(MAX_COMMIT_CHANGES), commitInfo('w2'))).toMatchObject({ kind: 'committed' });
  });

  it(`takes ${MAX_COMMIT_BYTES} bytes in one commit and no more`, async () => {
    const filled = (length: number): Change => {
      const node = nodeResource('big');
      return created({ ...node, tags: [{ key: 'k', value: 'x'.repeat(length) }] });
    };
    const overhead = JSON.stringify([filled(0)]).length;
    const tooBig = store().commit(APPS, 0n, [filled(MAX_COMMIT_BYTES - overhead + 1)], commitInfo('w1'));
    await expect(tooBig).rejects.toMatchObject({ code: 'LimitExceeded' });
    const fits = store().commit(APPS, 0n, [filled(MAX_COMMIT_BYTES - overhead)], commitInfo('w2'));
    expect(await fits).toMatchObject({ kind: 'committed' });
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

function listing(store: () => MeshStore): void {
  // In the order of their UTF-8 bytes, which is not that of UTF-16: the emoji would come before the last one there.
  const names = ['A', 'Z', 'a', 'a b', 'a%2Fb', 'a/b', 'z', 'ä', '\uffee', '😀'];

  it('pages through a kind in the order of names', async () => {
    await store().commit(
      APPS,
      0n,
      names.toReversed().map((name) => created(nodeResource(name))),
      commitInfo('w1'),
    );
    for (const limit of [1, 3, names.length, 100]) expect(await allNames(store(), 'virtualNode', undefined, limit)).toEqual(names);
  });

  it('ends without a next page exactly at the last item', async () => {
    await store().commit(APPS, 0n, [created(nodeResource('a')), created(nodeResource('b'))], commitInfo('w1'));
    expect((await store().list(APPS, 'virtualNode', undefined, { limit: 1 })).next).toBe('a');
    expect((await store().list(APPS, 'virtualNode', undefined, { limit: 2 })).next).toBeUndefined();
    expect(await store().list(APPS, 'virtualNode', undefined, { limit: 2, after: 'b' })).toEqual({ items: [] });
  });

  it('starts after a name that is not there any more', async () => {
    await store().commit(APPS, 0n, [created(nodeResource('a')), created(nodeResource('c'))], commitInfo('w1'));
    const { items } = await store().list(APPS, 'virtualNode', undefined, { limit: 10, after: 'b' });
    expect(items.map(({ ref }) => ref.name)).toEqual(['c']);
  });

  it('lists the routes of one virtual router only, and keeps routes of equal names apart', async () => {
    const target = { action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } };
    const routes = ['r1', 'r2'].map((router) => resource(refTo('route', 'same', router), { tcpRoute: target }));
    await store().commit(APPS, 0n, routes.map(created), commitInfo('w1'));
    expect((await store().list(APPS, 'route', 'r2', { limit: 10 })).items).toEqual([routes[1]]);
    expect(await store().get(APPS, refTo('route', 'same', 'r1'))).toEqual(routes[0]);
  });

  it('lists the meshes of one account', async () => {
    for (const [owner, mesh] of [
      ['1', 'b'],
      ['1', 'a'],
      ['2', 'c'],
    ] as const) {
      const ref: Ref<'mesh'> = { kind: 'mesh', mesh, name: mesh };
      await store().commit({ owner, mesh }, 0n, [created(resource(ref, {}, 1, owner))], commitInfo(mesh));
    }
    const first = await store().listMeshes('1', { limit: 1 });
    expect(first.items.map(({ ref }) => ref.name)).toEqual(['a']);
    expect(first.next).toBe('a');
    expect((await store().listMeshes('1', { limit: 1, after: 'a' })).items.map(({ ref }) => ref.name)).toEqual(['b']);
  });
}

function counting(store: () => MeshStore): void {
  it('counts the meshes of an account that exist', async () => {
    const key = (owner: string, mesh: string): MeshKey => ({ owner, mesh });
    const of = ({ owner, mesh }: MeshKey): Resource<'mesh'> => resource({ kind: 'mesh', mesh, name: mesh }, {}, 1, owner);
    const make = (mesh: MeshKey, generation = 0n): ReturnType<MeshStore['commit']> =>
      store().commit(mesh, generation, [created(of(mesh))], commitInfo(`${mesh.mesh}${generation}`));
    for (const mesh of [key('1', 'a'), key('1', 'b'), key('2', 'a')]) await make(mesh);
    await store().commit(key('1', 'a'), 1n, [created(nodeResource('n'))], commitInfo('node'));
    expect([await store().meshCount('1'), await store().meshCount('2'), await store().meshCount('3')]).toEqual([2, 1, 0]);
    const a = of(key('1', 'a'));
    await store().commit(
      key('1', 'a'),
      2n,
      [{ ref: a.ref, before: a, after: { ...a, tags: [{ key: 'k', value: 'v' }] } }],
      commitInfo('tag'),
    );
    expect(await store().meshCount('1')).toBe(2);
    await store().commit(key('1', 'b'), 1n, [{ ref: of(key('1', 'b')).ref, before: of(key('1', 'b')) }], commitInfo('gone'));
    expect(await store().meshCount('1')).toBe(1);
    await make(key('1', 'b'), 2n);
    expect(await store().meshCount('1')).toBe(2);
  });
}

async function allNames(store: MeshStore, kind: 'virtualNode', parent: string | undefined, limit: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.list(APPS, kind, parent, { limit, ...(after !== undefined && { after }) });
    found.push(...page.items.map(({ ref }) => ref.name));
    if (page.next === undefined) return found;
    after = page.next;
  }
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

function loading(store: () => MeshStore): void {
  it('loads a mesh as of one generation while commits go on', async () => {
    // Each commit moves all three nodes to its own version, or removes and adds one: a mix shows as different versions.
    const names = ['a', 'b', 'c'];
    const versions = Array.from({ length: 40 }, (_, index) => index + 1);
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
    expect(new Set(seen).size).toBeGreaterThan(5);
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
