import type { MeshState, Resource } from '@meshwright/model';
import { checkConsistency } from '@meshwright/snapshot';
import { describe, expect, test } from 'vitest';
import { type Compiled, compile } from './compile.ts';
import { meshStateOf, readBack, type WrittenResource } from './testing/index.ts';

const LISTENERS = [{ portMapping: { port: 80, protocol: 'http' } }];
const node = (name: string, backend?: string): WrittenResource => ({
  kind: 'virtualNode',
  name,
  spec: {
    listeners: LISTENERS,
    serviceDiscovery: { dns: { hostname: `${name}.local` } },
    ...(backend && { backends: [{ virtualService: { virtualServiceName: backend } }] }),
  },
});
const HEALTHY = meshStateOf([
  { kind: 'mesh', name: 'apps' },
  node('alone'),
  node('broken'),
  node('client', 's'),
  { kind: 'virtualRouter', name: 'router', spec: { listeners: LISTENERS } },
  { kind: 'virtualService', name: 's', spec: { provider: { virtualRouter: { virtualRouterName: 'router' } } } },
]);

/** The mesh one generation later, with a resource no release could have stored: the compiler trips over it. */
function withBroken(name: string): MeshState {
  const resources = HEALTHY.resources.map((resource) =>
    resource.ref.name === name ? ({ ...resource, spec: { listeners: 5 } } as unknown as Resource) : resource,
  );
  return { ...HEALTHY, generation: 2n, resources };
}

/** Whatever changed: also what is compiled anew keeps what it had. */
function since(compiled: Compiled) {
  return { compiled, changed: undefined };
}

function findings(state: MeshState, previous = compile(HEALTHY)) {
  return new Set(
    compile(state, 1, since(previous)).diagnostics.map(({ code, severity, ref }) => `${severity} ${code} ${ref.kind}/${ref.name}`),
  );
}

describe('a resource the compiler fails on', () => {
  test('costs its own proxy alone, and is told', () => {
    const { snapshot } = compile(withBroken('broken'));
    expect([...snapshot.proxies.keys()]).toEqual(['virtualNode/alone', 'virtualNode/client']);
    expect(checkConsistency(snapshot)).toEqual([]);
    expect(findings(withBroken('broken'))).toEqual(new Set(['error not-compiled virtualNode/broken']));
  });

  test('leaves its proxy what it had, for as long as it lasts', () => {
    const healthy = compile(HEALTHY);
    const first = compile(withBroken('broken'), 1, since(healthy));
    const second = compile(withBroken('broken'), 1, since(first));
    for (const { snapshot } of [first, second]) {
      expect(checkConsistency(snapshot)).toEqual([]);
      expect(readBack(snapshot, 'virtualNode/broken')).toEqual(readBack(healthy.snapshot, 'virtualNode/broken'));
      expect([...(snapshot.carriedOver ?? [])]).toEqual([
        ['virtualNode/broken', { version: healthy.snapshot.version, reason: expect.stringContaining('its proxy keeps what it had') }],
      ]);
    }
    const mended = compile(HEALTHY, 1, since(second));
    expect(mended.diagnostics).toEqual([]);
    expect(mended.snapshot).not.toHaveProperty('carriedOver');
  });

  test('leaves those who use it what they had, where it is a router', () => {
    const { snapshot } = compile(withBroken('router'), 1, since(compile(HEALTHY)));
    expect(snapshot.proxies).toEqual(compile(HEALTHY).snapshot.proxies);
    expect(findings(withBroken('router'))).toEqual(
      new Set(['error not-compiled virtualNode/client', 'error not-compiled virtualRouter/router']),
    );
  });
});

describe('the gate before publishing', () => {
  /** The mesh one generation later, with a route that Envoy would refuse: no release takes it from a user. */
  function withRoute(match: object): MeshState {
    const action = { weightedTargets: [{ virtualNode: 'alone', weight: 1 }] };
    const state = meshStateOf([
      { kind: 'mesh', name: 'apps' },
      { kind: 'route', name: 'r', parent: 'router', spec: { httpRoute: { match: { prefix: '/' }, action } } },
    ]);
    const route = state.resources.find(({ ref }) => ref.kind === 'route');
    if (route === undefined) throw new Error('no route');
    const spec = { httpRoute: { match: { prefix: '/', ...match }, action } } as Resource<'route'>['spec'];
    return { ...HEALTHY, generation: 2n, resources: [...HEALTHY.resources, { ...route, spec }] };
  }

  test('lets nothing through that breaks a rule of Envoy’s fields: who would get it keeps what it had', () => {
    const healthy = compile(HEALTHY);
    const state = withRoute({ queryParameters: [{ name: '' }] });
    for (const changed of [undefined, [{ kind: 'route', mesh: 'apps', name: 'r', parent: 'router' } as const]]) {
      const { snapshot, diagnostics, work } = compile(state, 1, { compiled: compile(HEALTHY), changed });
      expect(snapshot.proxies).toEqual(healthy.snapshot.proxies);
      expect(work.failedProxies).toEqual(['virtualNode/client']);
      expect([...(snapshot.carriedOver?.keys() ?? [])]).toEqual(['virtualNode/client']);
      expect(checkConsistency(snapshot)).toEqual([]);
      expect(diagnostics).toMatchObject([
        {
          code: 'not-compiled',
          severity: 'error',
          ref: { kind: 'virtualNode', name: 'client' },
          message: expect.stringMatching(/query_parameters\[0\]\.name.*keeps what it had/),
        },
      ]);
    }
  });

  test('lets nothing through that contradicts itself: who would get it keeps what it had, and all others are published', () => {
    const healthy = compile(HEALTHY);
    // Two listeners of one port: the model refuses them, and they come to one cluster that is there twice.
    const resources = HEALTHY.resources.map(({ spec, ...rest }) => {
      const isMeant = rest.ref.name === 'broken';
      return { ...rest, spec: isMeant ? { ...spec, listeners: [...LISTENERS, ...LISTENERS] } : spec } as unknown as Resource;
    });
    const changed = [{ kind: 'virtualNode', mesh: 'apps', name: 'broken' } as const];
    const { snapshot, diagnostics, work } = compile({ ...HEALTHY, generation: 2n, resources }, 1, { compiled: healthy, changed });
    expect(snapshot.proxies).toEqual(healthy.snapshot.proxies);
    expect(work.failedProxies).toEqual(['virtualNode/broken']);
    expect([...(snapshot.carriedOver?.keys() ?? [])]).toEqual(['virtualNode/broken']);
    expect(checkConsistency(snapshot)).toEqual([]);
    const message = expect.stringMatching(/is there twice.*keeps what it had/);
    expect(diagnostics).toMatchObject([{ code: 'not-compiled', severity: 'error', ref: { kind: 'virtualNode', name: 'broken' }, message }]);
  });

  test('keeps a proxy that is too large from stopping its mesh: it keeps what it had, with the sizes and what to do', () => {
    const healthy = compile(HEALTHY);
    const { snapshot, diagnostics, work } = compile(withRoute({ prefix: `/${'a'.repeat(33 * 1024 * 1024)}` }), 1, since(healthy));
    expect(snapshot.proxies).toEqual(healthy.snapshot.proxies);
    expect(work.failedProxies).toEqual(['virtualNode/client']);
    expect([...(snapshot.carriedOver?.keys() ?? [])]).toEqual(['virtualNode/client']);
    expect(checkConsistency(snapshot)).toEqual([]);
    expect(diagnostics).toMatchObject([
      {
        code: 'not-compiled',
        severity: 'error',
        ref: { kind: 'virtualNode', name: 'client' },
        message:
          'Its proxy would get at least 33.0 MiB of RouteConfiguration resources, and no proxy may get more than 32.0 MiB of one type: its proxy keeps what it had.',
        fix: expect.stringContaining('fewer backends'),
      },
    ]);
  });

  test('adds up what a proxy gets of one type', () => {
    const state = withRoute({ prefix: `/${'a'.repeat(17 * 1024 * 1024)}` });
    // A route configuration for each listener of the router, both with the route.
    const listeners = [...LISTENERS, { portMapping: { port: 81, protocol: 'http' } }];
    const resources = state.resources.map((resource) =>
      resource.ref.kind === 'virtualRouter' ? ({ ...resource, spec: { listeners } } as unknown as Resource) : resource,
    );
    const { diagnostics, work } = compile({ ...state, resources });
    expect(work.failedProxies).toEqual(['virtualNode/client']);
    expect(diagnostics).toMatchObject([
      { message: expect.stringMatching(/at least 34\.0 MiB of RouteConfiguration resources.*its proxy is not served/) },
    ]);
  });

  test('tells of a hostname beyond all measure with its beginning only', () => {
    const spec = { listeners: LISTENERS, serviceDiscovery: { dns: { hostname: 'a'.repeat(17 * 1024 * 1024) } } };
    const resources = HEALTHY.resources.map((resource) => (resource.ref.name === 'alone' ? ({ ...resource, spec } as Resource) : resource));
    const { diagnostics } = compile({ ...HEALTHY, generation: 2n, resources });
    expect(diagnostics).toMatchObject([{ code: 'unresolvable-name', message: expect.stringMatching(/^"a{300}"… cannot be looked up/) }]);
  });

  test('serves a proxy that never had anything nothing, and all others', () => {
    const { snapshot } = compile(withRoute({ queryParameters: [{ name: '' }] }));
    expect([...snapshot.proxies.keys()]).toEqual(['virtualNode/alone', 'virtualNode/broken']);
    expect(snapshot.carriedOver).toBeUndefined();
  });
});
