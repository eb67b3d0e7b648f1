import type { MeshState, Ref } from '@meshwright/model';
import { checkConsistency, type MeshSnapshot } from '@meshwright/snapshot';
import { describe, expect, test } from 'vitest';
import { type Compiled, compileInSteps, type Since } from './compile.ts';
import { finished } from './steps.ts';
import { meshStateOf, type WrittenResource } from './testing/index.ts';
import { changesBetween } from './testing/meshState.ts';

const MAX_BYTES = 100_000;

/** Nodes whose proxies take about this many bytes, each for itself. */
function mesh(sizes: Readonly<Record<string, number>>, generation: bigint): MeshState {
  const listeners = [{ portMapping: { port: 80, protocol: 'http' } }];
  const action = { weightedTargets: [{ virtualNode: 'nowhere', weight: 1 }] };
  const node = ([name, bytes]: readonly [string, number]): readonly WrittenResource[] => [
    { kind: 'virtualRouter', name: `${name}-router`, spec: { listeners } },
    {
      kind: 'route',
      parent: `${name}-router`,
      name: 'r',
      spec: { httpRoute: { match: { prefix: `/${'x'.repeat(bytes)}` }, action } },
    },
    { kind: 'virtualService', name: `${name}.local`, spec: { provider: { virtualRouter: { virtualRouterName: `${name}-router` } } } },
    { kind: 'virtualNode', name, spec: { backends: [{ virtualService: { virtualServiceName: `${name}.local` } }] } },
  ];
  return meshStateOf([{ kind: 'mesh', name: 'apps' }, ...Object.entries(sizes).flatMap(node)], generation);
}

function compiled(state: MeshState, since?: Since, earlier?: MeshSnapshot): Compiled {
  return finished(compileInSteps(state, 1, since, earlier ?? since?.compiled.snapshot, MAX_BYTES));
}

/** The mesh goes from one state to the other, as commits have it. */
function after(earlier: Compiled, from: MeshState, to: MeshState): Compiled {
  const changed: readonly Ref[] = changesBetween(from, to);
  return compiled(to, { compiled: earlier, changed });
}

const SMALL = mesh({ a: 30_000, b: 20_000, c: 10_000 }, 1n);
const LARGE = mesh({ a: 60_000, b: 70_000, c: 11_000 }, 2n);

describe('a mesh whose proxies are too large together', () => {
  test('is published with the largest that changed as they were, and says so on itself and on them', () => {
    const before = compiled(SMALL);
    const { snapshot, diagnostics, work } = after(before, SMALL, LARGE);
    expect(snapshot.proxies.get('virtualNode/b')).toBe(before.snapshot.proxies.get('virtualNode/b'));
    for (const name of ['virtualNode/a', 'virtualNode/c']) {
      expect(snapshot.proxies.get(name)).not.toBe(before.snapshot.proxies.get(name));
    }
    expect([...(snapshot.carriedOver ?? [])]).toEqual([
      ['virtualNode/b', { version: before.snapshot.version, reason: expect.stringContaining('among the largest that changed') }],
    ]);
    expect(work.failedProxies).toEqual(['virtualNode/b']);
    expect(checkConsistency(snapshot)).toEqual([]);
    expect(diagnostics.filter(({ code }) => code === 'not-compiled')).toMatchObject([
      { ref: { kind: 'mesh', name: 'apps' }, severity: 'error', message: expect.stringMatching(/together.*\(virtualNode\/b\)/) },
      { ref: { kind: 'virtualNode', name: 'b' }, message: expect.stringContaining('its proxy keeps what it had') },
    ]);
  });

  test('serves those that never had anything nothing, in a process of its own too', () => {
    const { snapshot } = compiled(LARGE);
    expect([...snapshot.proxies.keys()]).toEqual(['virtualNode/a', 'virtualNode/c']);
    const published = compiled(SMALL).snapshot;
    const elsewhere = compiled(LARGE, undefined, published).snapshot;
    expect(elsewhere.proxies.get('virtualNode/b')).toBe(published.proxies.get('virtualNode/b'));
  });

  test('gives them what is theirs as soon as there is room, whoever made it', () => {
    const held = after(compiled(SMALL), SMALL, LARGE);
    const other = mesh({ a: 60_000, b: 70_000, c: 12_000 }, 3n);
    const still = after(held, LARGE, other);
    expect(still.work.changedProxies).toEqual(['virtualNode/c']);
    expect(still.snapshot.carriedOver?.get('virtualNode/b')?.version).toEqual({ ...held.snapshot.version, n: 1n });
    const room = mesh({ a: 1000, b: 70_000, c: 12_000 }, 4n);
    const mended = after(still, other, room);
    expect(mended.work.changedProxies).toEqual(['virtualNode/a', 'virtualNode/b']);
    expect(mended.diagnostics.filter(({ code }) => code === 'not-compiled')).toEqual([]);
    const fresh = compiled(room);
    expect(new Map(mended.snapshot.proxies)).toEqual(new Map(fresh.snapshot.proxies));
    expect([...mended.snapshot.resources.keys()].sort()).toEqual([...fresh.snapshot.resources.keys()].sort());
  });
});
