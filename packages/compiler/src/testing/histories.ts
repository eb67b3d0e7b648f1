import type { MeshState } from '@meshwright/model';
import { encodeSnapshot } from '@meshwright/snapshot';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { type Compiled, compile } from '../compile.ts';
import { sameValue } from '../incremental/sameValue.ts';
import { changesBetween, meshStateOf } from './meshState.ts';
import { randomMesh, randomResource } from './randomMesh.ts';

/** One commit: some resources come, change or go. */
const edits = fc.array(fc.record({ resource: randomResource, isDeleted: fc.boolean() }), { minLength: 1, maxLength: 3 });
const histories = fc.record({ start: randomMesh(14), commits: fc.array(edits, { minLength: 1, maxLength: 5 }) });

type Edit = typeof edits extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/**
 * Checks on random histories that compiling change by change comes to what compiling from scratch comes to, whatever the order of
 * the resources: the same bytes, the same diagnostics; and that the compiler says which proxies changed.
 */
export function checkHistories(numRuns: number): void {
  fc.assert(
    fc.property(histories, ({ start, commits }) => checkHistory(meshStateOf(start), commits)),
    { numRuns },
  );
}

function checkHistory(start: MeshState, commits: readonly (readonly Edit[])[]): void {
  let state = start;
  let compiled = compile(state);
  for (const [position, commit] of commits.entries()) {
    const next = edited(state, commit, BigInt(position + 2));
    const earlier = compiled;
    compiled = compile(next, 1, { compiled: earlier, changed: changesBetween(state, next) });
    const fromScratch = compile(shuffled(next, position));
    const [own, fresh] = [compiled, fromScratch].map(outline);
    // Comparing is quick, showing the difference is not.
    if (!sameValue(own, fresh)) expect(own).toEqual(fresh);
    expect([...compiled.work.changedProxies]).toEqual(differing(earlier, compiled));
    // Nothing that no proxy needs any more stays behind.
    expect(compiled.memory.size).toBe(fromScratch.memory.size);
    state = next;
  }
  expect(essence(compiled)).toEqual(essence(compile(state)));
}

/** What relays and operators get: the stored object byte for byte, and the diagnostics. */
export function essence({ snapshot, diagnostics }: Compiled) {
  const { key, content } = encodeSnapshot({ ...snapshot, version: { ...snapshot.version, n: 0n } });
  return { key, content, diagnostics };
}

/** The same, with hashes for bytes. */
function outline({ snapshot: { proxies, resources }, diagnostics }: Compiled) {
  return { proxies: new Map(proxies), resources: [...resources.keys()].sort(), diagnostics };
}

/** Proxies that the two have not alike. */
function differing(before: Compiled, after: Compiled): readonly string[] {
  const all = new Set([...before.snapshot.proxies.keys(), ...after.snapshot.proxies.keys()]);
  return [...all].filter((name) => before.snapshot.proxies.get(name) !== after.snapshot.proxies.get(name)).sort();
}

function edited(state: MeshState, commit: readonly Edit[], generation: bigint): MeshState {
  const resources = new Map(state.resources.map((resource) => [JSON.stringify(resource.ref), resource]));
  for (const { resource, isDeleted } of commit) {
    for (const made of meshStateOf([{ kind: 'mesh', name: state.mesh.mesh }, resource]).resources) {
      if (made.ref.kind !== resource.kind) continue;
      const key = JSON.stringify(made.ref);
      // As stores keep it: when it was made stays.
      const createdAt = resources.get(key)?.metadata.createdAt ?? Number(generation) * 1_000_000;
      if (isDeleted) resources.delete(key);
      else resources.set(key, { ...made, metadata: { ...made.metadata, createdAt } });
    }
  }
  return { ...state, generation, resources: [...resources.values()] };
}

/** Another order, the same each time. */
function shuffled(state: MeshState, turn: number): MeshState {
  const { resources } = state;
  const at = turn % Math.max(1, resources.length);
  return { ...state, resources: [...resources.slice(at), ...resources.slice(0, at)].reverse() };
}
