import type { HttpRouteMatch } from '@meshwright/model';
import { describe, expect, test } from 'vitest';
import type { RouteConfigIr, RouteIr } from '../ir/proxy.ts';
import { meshStateOf } from '../testing/index.ts';
import { compiledRoutes } from './compiledRoutes.ts';
import { explain } from './explain.ts';
import type { ExplainedRequest } from './request.ts';

// What is said here was seen on Envoy 1.40; test/envoy compares much more of it with one.

const source = { resource: 'any', pointer: '' };
const target = { cluster: 'c', port: 80 };

function routeOf(match: Partial<HttpRouteMatch>, more: Partial<RouteIr> = {}): RouteIr {
  return { match: { kind: 'http', match: { prefix: '/', ...match } }, action: { kind: 'cluster', target }, ...more };
}

function configOf(routes: readonly RouteIr[], domains: readonly string[] = ['*']): RouteConfigIr {
  return { name: 'routes', source, virtualHosts: [{ name: 'host', domains, routes }] };
}

function requestOf(more: Partial<ExplainedRequest> = {}): ExplainedRequest {
  return { method: 'GET', authority: 'a.local', path: '/a', ...more };
}

describe('the first route that takes a request wins', () => {
  const routes = configOf([routeOf({ prefix: '/b', method: 'POST' }), routeOf({ prefix: '/a' }), routeOf({})]);

  test('and the others have their reasons', () => {
    const { winner, losers } = explain(routes, requestOf());
    expect(winner?.position).toBe(1);
    expect(losers.map(({ position, unmet }) => ({ position, unmet }))).toEqual([
      {
        position: 0,
        unmet: [
          { condition: 'path', wanted: 'begins with "/b"', found: '"/a"' },
          { condition: 'method', wanted: 'POST', found: 'GET' },
        ],
      },
      // It takes the request, too.
      { position: 2, unmet: [] },
    ]);
  });

  test('none: 404', () => {
    const { winner, outcome } = explain(configOf([routeOf({ prefix: '/b' })]), requestOf());
    expect(winner).toBeUndefined();
    expect(outcome).toEqual({ kind: 'answered', status: 404, why: 'no route takes it' });
  });
});

describe('headers', () => {
  const takes = (header: NonNullable<HttpRouteMatch['headers']>[number], ...values: readonly string[]): boolean => {
    const headers = values.map((value) => [header.name.toUpperCase(), value] as const);
    return explain(configOf([routeOf({ headers: [header] })]), requestOf({ headers })).winner !== undefined;
  };
  const x = (match: object, invert = false) => ({ name: 'x-a', match: match as { readonly exact: string }, invert });

  test('absent ones meet no comparison, inverted or not', () => {
    expect(takes(x({ exact: '1' }))).toBe(false);
    expect(takes(x({ exact: '1' }, true))).toBe(false);
    expect(takes({ name: 'x-a', invert: true })).toBe(true);
  });

  test('of several values one is enough, and inverted none may match', () => {
    expect(takes(x({ exact: '1' }), '2', '1')).toBe(true);
    expect(takes(x({ exact: '1,2' }), '1', '2')).toBe(false);
    expect(takes(x({ exact: '1' }, true), '2', '1')).toBe(false);
    expect(takes(x({ exact: '1' }, true), '2', '3')).toBe(true);
  });

  test('some are joined instead', () => {
    expect(takes({ name: 'user-agent', match: { exact: '1,2' } }, '1', '', '2')).toBe(true);
    expect(takes({ name: 'user-agent', match: { exact: '1' } }, '1', '2')).toBe(false);
  });

  test.each([
    ['1', true],
    ['+9', true],
    ['007', true],
    ['10', false],
    ['1.0', false],
    ['', false],
    ['-0', true],
  ])('a range of 0 to below 10 and %j: %s', (value, isTaken) => {
    expect(takes(x({ range: { start: 0, end: 10 } }), value)).toBe(isTaken);
  });

  test('expressions match whole values, byte by byte', () => {
    expect(takes(x({ regex: 'a|b' }), 'ab')).toBe(false);
    expect(takes(x({ regex: '..' }), 'é')).toBe(true);
  });
});

describe('query parameters', () => {
  const takes = (name: string, exact: string | undefined, query: string): boolean => {
    const queryParameters = [{ name, ...(exact !== undefined && { match: { exact } }) }];
    return explain(configOf([routeOf({ queryParameters })]), requestOf({ path: `/a${query}` })).winner !== undefined;
  };

  test('the first of a name counts, and nothing is decoded', () => {
    expect(takes('x', '1', '?x=1&x=2')).toBe(true);
    expect(takes('x', '2', '?x=1&x=2')).toBe(false);
    expect(takes('x', '1', '?x=%31')).toBe(false);
    expect(takes('a b', undefined, '?a%20b')).toBe(false);
    expect(takes('x', '', '?x')).toBe(true);
  });
});

describe('virtual hosts', () => {
  const host = (name: string, ...domains: readonly string[]) => ({ name, domains, routes: [routeOf({})] });
  const virtualHosts = [host('any', '*'), host('wide', '*.local'), host('exact', 'A.local', 'a.local:80'), host('narrow', '*.a.local')];
  const chosen = (authority: string, ignoresPortInHost = false): string | undefined =>
    explain({ name: 'routes', source, virtualHosts, ignoresPortInHost }, requestOf({ authority })).host?.virtualHost.name;

  test('the most specific domain, without case', () => {
    expect(chosen('a.LOCAL')).toBe('exact');
    expect(chosen('x.a.local')).toBe('narrow');
    expect(chosen('b.local')).toBe('wide');
    expect(chosen('.local')).toBe('any');
  });

  test('a port is part of the host, unless it is ignored', () => {
    expect(chosen('a.local:80')).toBe('exact');
    expect(chosen('a.local:81')).toBe('any');
    expect(chosen('a.local:81', true)).toBe('exact');
    expect(chosen('a.local:', true)).toBe('exact');
  });

  test('those that lost have their reasons', () => {
    const { otherHosts } = explain({ name: 'routes', source, virtualHosts }, requestOf());
    expect(otherHosts.map(({ virtualHost, reason }) => [virtualHost.name, reason])).toEqual([
      ['any', 'lessSpecific'],
      ['wide', 'lessSpecific'],
      ['narrow', 'noDomain'],
    ]);
  });

  test('none: 404', () => {
    expect(explain(configOf([routeOf({})], ['b']), requestOf()).outcome).toMatchObject({ status: 404 });
  });
});

test.each([
  [{ path: '/a#b' }, 400],
  [{ path: '/é' }, 400],
  [{ path: '/%00' }, 400],
  [{ authority: 'a/b' }, 400],
  [{ method: 'CONNECT' }, 404],
  [{ method: 'OPTIONS', path: '*' }, 404],
  [{ headers: [['x-forwarded-proto', '']] }, 404],
] as const)('is answered before a route is looked for: %j', (more, status) => {
  expect(explain(configOf([routeOf({})]), requestOf(more))).toMatchObject({ losers: [], outcome: { kind: 'answered', status } });
});

test('what a client says of the scheme is believed, if it is one', () => {
  const schemes = ['https', 'HTTPS', 'ftp'].map(
    (value) => explain(configOf([]), requestOf({ headers: [['X-Forwarded-Proto', value]] })).request?.scheme,
  );
  expect(schemes).toEqual(['https', 'https', 'http']);
});

test('a weight of 0 is no target, and no target is 503', () => {
  const targets = [
    { cluster: 'a', port: 80, weight: 0 },
    { cluster: 'b', port: 80, weight: 2 },
  ];
  const weighted = explain(configOf([routeOf({}, { action: { kind: 'weighted', targets } })]), requestOf());
  expect(weighted.outcome).toMatchObject({ clusters: [{ cluster: 'b', weight: 2 }] });
  const unavailable = explain(configOf([routeOf({}, { action: { kind: 'unavailable' } })]), requestOf());
  expect(unavailable.outcome).toMatchObject({ kind: 'answered', status: 503 });
});

describe('the routes of a proxy', () => {
  const listeners = [{ portMapping: { port: 80, protocol: 'http' } }];
  const action = { target: { virtualService: { virtualServiceName: 'a.local' } } };
  const state = meshStateOf([
    { kind: 'mesh', name: 'apps' },
    { kind: 'virtualNode', name: 'a', spec: { listeners, serviceDiscovery: { dns: { hostname: 'a' } } } },
    { kind: 'virtualService', name: 'a.local', spec: { provider: { virtualNode: { virtualNodeName: 'a' } } } },
    { kind: 'virtualGateway', name: 'g', spec: { listeners } },
    { kind: 'gatewayRoute', name: 'r', parent: 'g', spec: { httpRoute: { match: { prefix: '/in' }, action } } },
  ]);

  test('what the first pass of a gateway sends is what the second gets', () => {
    const routes = compiledRoutes(state, { kind: 'virtualGateway', mesh: 'apps', name: 'g' });
    const [first, second] = [routes.get('rds_ingress_http_80'), routes.get('rds_egress_http_15001')];
    if (first === undefined || second === undefined) throw new Error(`there are only ${[...routes.keys()]}`);
    const { outcome, winner } = explain(first, requestOf({ authority: 'outside', path: '/in/x?y' }));
    expect(winner?.route.name).toBe('g/r');
    if (outcome.kind !== 'forwarded') throw new Error(outcome.why);
    expect(outcome.request).toMatchObject({ authority: 'a.local', path: '/x?y' });
    expect(explain(second, outcome.request).outcome).toMatchObject({ clusters: [{ cluster: 'cds_egress_apps_a_http_80' }] });
  });

  test('are none where there is no such proxy', () => {
    expect(compiledRoutes(state, { kind: 'virtualNode', mesh: 'apps', name: 'b' }).size).toBe(0);
  });
});
