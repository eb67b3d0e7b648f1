import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import type { Resource } from '../resource.ts';
import { type Change, MAX_COMMIT_BYTES, MAX_COMMIT_CHANGES, type MeshStore } from '../store.ts';
import type { ContractSizes } from './contractSizes.ts';
import { allNames } from './listing.ts';
import { APPS, commitInfo, created, nodeResource, refTo, resource } from './sampleResources.ts';

/** The limits of a commit. */
export function limits(store: () => MeshStore): void {
  const nodes = (count: number): Change[] => Array.from({ length: count }, (_, index) => created(nodeResource(`n${index}`)));

  it(`takes ${MAX_COMMIT_CHANGES} changes in one commit and no more`, async () => {
    await expect(store().commit(APPS, 0n, nodes(MAX_COMMIT_CHANGES + 1), commitInfo('w1'))).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: expect.stringContaining(`at most ${MAX_COMMIT_CHANGES}`),
    });
    expect(await store().generation(APPS)).toBe(0n);
    expect(await store().commit(APPS, 0n, nodes(MAX_COMMIT_CHANGES), commitInfo('w2'))).toMatchObject({ kind: 'committed' });
  });

  it(`takes ${MAX_COMMIT_BYTES} bytes in one commit and no more`, async () => {
    const sent = { key: 't', bodyHash: 'hash', answer: nodeResource('answer'), expiresAt: 5_000 };
    const own = commitInfo('w', 1_000, sent);
    const left = MAX_COMMIT_BYTES - JSON.stringify(sent.answer).length;
    await expect(store().commit(APPS, 0n, filledTo(left + 1), own)).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: expect.stringContaining(`at most ${MAX_COMMIT_BYTES}`),
    });
    expect([await store().generation(APPS), await store().token('t', 1_000), await store().changesSince(APPS, 0n)]).toEqual([
      0n,
      undefined,
      [],
    ]);
    const changes = filledTo(left);
    expect(changes).toHaveLength(MAX_COMMIT_CHANGES);
    expect(await store().commit(APPS, 0n, changes, own)).toEqual({ kind: 'committed', generation: 1n });
    expectSame((await store().changesSince(APPS, 0n))?.[0]?.changes, changes);
    expectSame(byName((await store().load(APPS))?.resources ?? []), byName(changes.flatMap(({ after }) => after ?? [])));
  });

  it('keeps a spec as large as a request can be, and the one before it', async () => {
    const [before, after] = [largeNode('large', MAX_BODY_BYTES, 1), largeNode('large', MAX_BODY_BYTES, 2)];
    const change = { ref: before.ref, before, after };
    await store().commit(
      APPS,
      0n,
      [created(before)],
      commitInfo('w1', 1_000, { key: 't', bodyHash: 'hash', answer: before, expiresAt: 5_000 }),
    );
    await store().commit(APPS, 1n, [change], commitInfo('w2'));
    expect(await store().get(APPS, before.ref)).toEqual(after);
    expect((await store().list(APPS, 'virtualNode', undefined, { limit: 100 })).items).toEqual([after]);
    expect((await store().changesSince(APPS, 1n))?.[0]?.changes).toEqual([change]);
    expect((await store().token('t', 1_000))?.answer).toEqual(before);
  });
}

/** A mesh with more resources than a page, a query or a commit holds. */
export function large(store: () => MeshStore, { resources }: ContractSizes): void {
  it(`holds ${resources} resources: they load, list by pages and come one by one`, async () => {
    const all = Array.from({ length: resources }, (_, index) => largeNode(`n${String(index).padStart(5, '0')}`, 2_000, index));
    const parts = Array.from({ length: Math.ceil(resources / MAX_COMMIT_CHANGES) }, (_, part) =>
      all.slice(part * MAX_COMMIT_CHANGES, (part + 1) * MAX_COMMIT_CHANGES),
    );
    for (const [part, nodes] of parts.entries()) await store().commit(APPS, BigInt(part), nodes.map(created), commitInfo(`w${part}`));
    const state = await store().load(APPS);
    expect(state?.generation).toBe(BigInt(parts.length));
    expectSame(byName(state?.resources ?? []), all);
    expect(await allNames(store(), 'virtualNode', undefined, 100)).toEqual(all.map(({ ref }) => ref.name));
    expectSame(
      (await store().changesSince(APPS, 0n))?.flatMap(({ changes }) => changes),
      all.map(created),
    );
    for (const one of [all[0], all.at(-1)]) expect(one && (await store().get(APPS, one.ref))).toEqual(one);
  });
}

/** What the API takes as a body at most. */
const MAX_BODY_BYTES = 262_144;

/** As many changes as a commit takes, which are exactly that many bytes of JSON together. */
function filledTo(bytes: number): readonly Change[] {
  const share = Math.floor(bytes / MAX_COMMIT_CHANGES) - 1_000;
  const nodes = Array.from({ length: MAX_COMMIT_CHANGES }, (_, index) => largeNode(`n${index}`, share, index));
  const [first, ...others] = nodes;
  if (first === undefined) return [];
  const padded = (length: number): readonly Change[] =>
    [{ ...first, tags: [{ key: 'k', value: 'x'.repeat(length) }] }, ...others].map(created);
  return padded(bytes - JSON.stringify(padded(0)).length);
}

/** A node whose spec is some bytes short of `bytes` of JSON, or nothing else than what it takes. */
function largeNode(name: string, bytes: number, version: number): Resource<'virtualNode'> {
  const backend = (index: number) => ({ virtualService: { virtualServiceName: `service-${version}-${index}.${name}.apps.local` } });
  const length = Math.floor(bytes / (JSON.stringify(backend(10_000)).length + 1));
  return resource(refTo('virtualNode', name), { backends: Array.from({ length }, (_, index) => backend(index)) }, version);
}

function byName(resources: readonly Resource[]): readonly Resource[] {
  return resources.toSorted((a, b) => (a.ref.name < b.ref.name ? -1 : 1));
}

/** For megabytes: nobody reads where they differ, and to find it out takes long. */
function expectSame(actual: unknown, expected: unknown): void {
  expect(isDeepStrictEqual(actual, expected)).toBe(true);
}
