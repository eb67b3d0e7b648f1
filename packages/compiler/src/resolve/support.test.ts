import type { HttpRoute, MeshState, Resource } from '@meshwright/model';
import { describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { meshStateOf, type WrittenResource } from '../testing/index.ts';

const LISTENERS = [{ portMapping: { port: 80, protocol: 'http' } }];
const NODE: WrittenResource = {
  kind: 'virtualNode',
  name: 'a',
  spec: {
    listeners: LISTENERS,
    serviceDiscovery: { dns: { hostname: 'a.local' } },
    backends: [{ virtualService: { virtualServiceName: 's' } }],
  },
};
const ROUTE: WrittenResource = {
  kind: 'route',
  name: 'r',
  parent: 'router',
  spec: {
    httpRoute: {
      match: { prefix: '/only', headers: [{ name: 'h', match: { exact: 'x' } }] },
      action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] },
      retryPolicy: { maxRetries: 1, perRetryTimeout: { unit: 's', value: 1 } },
    },
  },
};
const MESH: readonly WrittenResource[] = [
  { kind: 'mesh', name: 'apps' },
  NODE,
  { kind: 'virtualRouter', name: 'router', spec: { listeners: LISTENERS } },
  { kind: 'virtualService', name: 's', spec: { provider: { virtualRouter: { virtualRouterName: 'router' } } } },
  ROUTE,
];

/** The mesh with its route as a later release, whose model has more fields, would have stored it. */
function withRoute(change: (route: HttpRoute) => object): MeshState {
  const state = meshStateOf(MESH);
  const resources = state.resources.map((resource) =>
    resource.ref.kind === 'route'
      ? ({ ...resource, spec: { httpRoute: change((resource.spec as { readonly httpRoute: HttpRoute }).httpRoute) } } as Resource)
      : resource,
  );
  return { ...state, resources };
}

function routesAndFindings(state: MeshState) {
  const { snapshot, diagnostics } = compile(state);
  const bytes = [...snapshot.resources.values()].map((resource) => Buffer.from(resource).toString('latin1'));
  return {
    isRouted: bytes.some((text) => text.includes('/only')),
    findings: diagnostics.map(({ code, severity, pointer }) => `${severity} ${code} ${pointer}`),
  };
}

describe('a route with a field that this compiler does not compile', () => {
  test('is routed while there is none', () => {
    expect(routesAndFindings(withRoute((route) => route))).toEqual({ isRouted: true, findings: [] });
  });

  test.each<[string, (route: HttpRoute) => object]>([
    ['/httpRoute/match/cookies', (route) => ({ ...route, match: { ...route.match, cookies: [{ name: 'c' }] } })],
    [
      '/httpRoute/match/headers/0/ignoreCase',
      (route) => ({ ...route, match: { ...route.match, headers: [{ name: 'h', ignoreCase: true }] } }),
    ],
    [
      '/httpRoute/match/headers/0/match/glob',
      (route) => ({ ...route, match: { ...route.match, headers: [{ name: 'h', match: { glob: '*' } }] } }),
    ],
    ['/httpRoute/match/path/glob', (route) => ({ ...route, match: { prefix: '/only', path: { glob: '*' } } })],
    [
      '/httpRoute/match/queryParameters/0/match/regex',
      (route) => ({ ...route, match: { prefix: '/only', queryParameters: [{ name: 'q', match: { regex: 'x' } }] } }),
    ],
    [
      '/httpRoute/action/weightedTargets/0/header',
      (route) => ({ ...route, action: { weightedTargets: [{ virtualNode: 'a', weight: 1, header: 'h' }] } }),
    ],
  ])('is left out for %s, which could take or send more than was written', (place, change) => {
    expect(routesAndFindings(withRoute(change))).toEqual({ isRouted: false, findings: [`error not-compiled-yet ${place}`] });
  });

  test('is told of, and kept, where the field is in its retry policy or timeout', () => {
    const state = withRoute((route) => ({ ...route, retryPolicy: { ...route.retryPolicy, budget: 1 }, timeout: { total: {} } }));
    expect(routesAndFindings(state)).toEqual({
      isRouted: true,
      findings: ['error not-compiled-yet /httpRoute/retryPolicy/budget', 'error not-compiled-yet /httpRoute/timeout/total'],
    });
  });
});
