import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { MeshKey, Ref, Resource } from '../resource.ts';
import type { Change, MeshStore } from '../store.ts';
import type { ContractSizes } from './contractSizes.ts';
import { APPS, commitInfo, created, nodeResource, refTo, resource } from './sampleResources.ts';

/** How a store lists what it holds, by pages. */
export function listing(store: () => MeshStore, sizes: ContractSizes): void {
  listingMeanwhile(store, sizes);

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

function listingMeanwhile(store: () => MeshStore, { commitsMeanwhile }: ContractSizes): void {
  it('lists by pages what is there throughout exactly once, whatever is created, changed and deleted meanwhile', async () => {
    const there = Array.from({ length: 40 }, (_, index) => `n${String(2 * index).padStart(3, '0')}`);
    await store().commit(
      APPS,
      0n,
      there.map((name) => created(nodeResource(name))),
      commitInfo('w0'),
    );
    // Between two of those that stay, comes and goes one that does not; each commit changes one that stays as well.
    const passing = (index: number): string => `n${String(2 * ((index * 7) % 40) + 1).padStart(3, '0')}`;
    let done = false;
    const writer = (async () => {
      for (let index = 1; index <= commitsMeanwhile; index++) {
        const changes: Change[] = [created(nodeResource(there[(index * 11) % 40] ?? '', index + 1)), created(nodeResource(passing(index)))];
        if (index > 3) changes.push({ ref: refTo('virtualNode', passing(index - 3)) });
        await store().commit(APPS, BigInt(index), changes, commitInfo(`w${index}`));
        for (let turn = 0; turn < index % 5; turn++) await setImmediate();
      }
      done = true;
    })();
    for (let limit = 1; !done || limit <= 3; limit = (limit % 17) + 1) {
      const found = await allNames(store(), 'virtualNode', undefined, limit, setImmediate);
      expect(found).toEqual([...new Set(found)].toSorted());
      expect(found.filter((name) => there.includes(name))).toEqual(there);
    }
    await writer;
    expect(await store().generation(APPS)).toBe(BigInt(commitsMeanwhile + 1));
  });
}

/** How many meshes a store counts. */
export function counting(store: () => MeshStore): void {
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

/** The names of all resources of one kind, read by pages. */
export async function allNames(
  store: MeshStore,
  kind: 'virtualNode',
  parent: string | undefined,
  limit: number,
  betweenPages: () => Promise<unknown> = async () => undefined,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.list(APPS, kind, parent, { limit, ...(after !== undefined && { after }) });
    found.push(...page.items.map(({ ref }) => ref.name));
    if (page.next === undefined) return found;
    after = page.next;
    await betweenPages();
  }
}
