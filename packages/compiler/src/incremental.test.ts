import type { MeshState } from '@meshwright/model';

import { describe, expect, inject, test } from 'vitest';
import { compile } from './compile.ts';

import { checkHistories, essence } from './testing/histories.ts';
import { changesBetween, meshStateOf, type WrittenResource } from './testing/meshState.ts';

const EFFORT = inject('effort');
/** Seconds of work on an idle machine, more beside other tests. */
const PROPERTY_MILLIS = 120_000 * EFFORT;

describe('a mesh compiled change by change', () => {
  test(
    'comes to the same bytes and diagnostics as compiled from scratch, whatever was edited, in any order of resources',
    // A thousand and more in test/golden/incremental.test.ts, which has more time.
    () => checkHistories(100 * EFFORT),
    PROPERTY_MILLIS,
  );

  test('shares with the version before it whatever did not change', () => {
    const before = compile(FARM);
    const after = compile(farm({ routed: 'b' }), 1, { compiled: before, changed: changesBetween(FARM, farm({ routed: 'b' })) });
    for (const name of ['virtualNode/a', 'virtualNode/b', 'virtualNode/alone']) {
      expect(after.snapshot.proxies.get(name)).toBe(before.snapshot.proxies.get(name));
    }
    const [was, is] = [before, after].map(({ snapshot }) => snapshot.proxies.get('virtualNode/client'));
    expect(is).not.toBe(was);
    expect(
      [...(is?.types ?? [])].filter(([type, content]) => was?.types.get(type) === content).map(([type]) => type.split('.').at(-1)),
    ).toEqual(['Listener']);
    expect(is?.endpointQueries).toBe(was?.endpointQueries);
  });
});

describe('a change', () => {
  const work = (after: MeshState) => compile(after, 1, { compiled: compile(FARM), changed: changesBetween(FARM, after) }).work;

  test('of a route is compiled for the proxies that see it alone', () => {
    const { changedProxies, counts } = work(farm({ routed: 'b' }));
    expect(changedProxies).toEqual(['virtualNode/client', 'virtualNode/client2']);
    expect(counts.get('proxy')).toBe(2);
    expect(counts.get('router')).toBe(1);
    // Both clients have the same routes: encoded once. The cluster of the new target was not there before.
    expect(counts.get('encoding')).toBe(2);
  });

  test('of a node’s backends is compiled for its own proxy, and not for those who send to it', () => {
    const { changedProxies, counts } = work(farm({ backendsOfA: ['s'] }));
    expect(changedProxies).toEqual(['virtualNode/a']);
    expect(counts.get('proxy')).toBe(1);
    expect(counts.get('router')).toBeUndefined();
  });

  test('of a node’s address is compiled for those who send to it', () => {
    expect(work(farm({ hostnameOfA: 'moved.local' })).changedProxies).toEqual(['virtualNode/client', 'virtualNode/client2']);
  });

  test('that brings what was missing reaches those who asked for it', () => {
    const { changedProxies, counts } = work(farm({ extra: [{ kind: 'virtualService', name: 'missing' }] }));
    expect(changedProxies).toEqual(['virtualNode/client2']);
    expect(counts.get('proxy')).toBe(1);
  });

  test('that concerns nobody compiles nobody', () => {
    const { changedProxies, counts } = work(farm({ extra: [{ kind: 'virtualService', name: 'unused' }] }));
    expect(changedProxies).toEqual([]);
    expect(counts.get('proxy')).toBeUndefined();
  });

  test('of tags alone compiles to the same snapshot', () => {
    const tagged = { ...FARM, resources: FARM.resources.map((resource) => ({ ...resource, tags: [{ key: 'k', value: 'v' }] })) };
    const before = compile(FARM);
    const after = compile(tagged, 1, { compiled: before, changed: changesBetween(FARM, tagged) });
    expect(after.work.changedProxies).toEqual([]);
    expect(after.snapshot.proxies).toBe(before.snapshot.proxies);
    expect(after.snapshot.resources).toBe(before.snapshot.resources);
  });
});

test('an earlier result may be gone on from more than once', () => {
  const first = compile(FARM);
  const results = [farm({ routed: 'b' }), farm({ hostnameOfA: 'moved.local' }), farm({ routed: 'b' })].map((state) => ({
    state,
    compiled: compile(state, 1, { compiled: first, changed: changesBetween(FARM, state) }),
  }));
  for (const { state, compiled } of results) expect(essence(compiled)).toEqual(essence(compile(state)));
});

test('a mesh that was deleted and made again has nothing of what it was', () => {
  const gone = meshStateOf([], 2n);
  const deleted = compile(gone, 1, { compiled: compile(FARM), changed: changesBetween(FARM, gone) });
  expect(deleted.snapshot.proxies.size).toBe(0);
  const again = meshStateOf([{ kind: 'mesh', name: 'apps' }, node('new', 'new.local')], 3n);
  expect(essence(compile(again, 1, { compiled: deleted, changed: changesBetween(gone, again) }))).toEqual(essence(compile(again)));
});

function node(name: string, hostname: string, backends: readonly string[] = []): WrittenResource {
  const spec = {
    listeners: [{ portMapping: { port: 80, protocol: 'http' } }],
    serviceDiscovery: { dns: { hostname } },
    backends: backends.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
  };
  return { kind: 'virtualNode', name, spec };
}

interface Farm {
  readonly routed?: string;
  readonly backendsOfA?: readonly string[];
  readonly hostnameOfA?: string;
  readonly extra?: readonly WrittenResource[];
}

/** A router with one route, two clients of it, and a node that has nothing to do with either. */
function farm({ routed = 'a', backendsOfA = [], hostnameOfA = 'a.local', extra = [] }: Farm = {}): MeshState {
  const action = { weightedTargets: [{ virtualNode: routed, weight: 1 }] };
  return meshStateOf([
    { kind: 'mesh', name: 'apps' },
    node('a', hostnameOfA, backendsOfA),
    node('b', 'b.local'),
    node('alone', 'alone.local'),
    node('client', 'client.local', ['s']),
    node('client2', 'client.local', ['s', 'missing']),
    { kind: 'virtualRouter', name: 'router', spec: { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] } },
    { kind: 'virtualService', name: 's', spec: { provider: { virtualRouter: { virtualRouterName: 'router' } } } },
    { kind: 'route', name: 'r', parent: 'router', spec: { httpRoute: { match: { prefix: '/' }, action } } },
    ...extra,
  ]);
}

const FARM = farm();
