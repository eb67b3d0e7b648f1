import type { WrittenResource } from '@meshwright/compiler/testing';
import { MeshError, parseSpec } from '@meshwright/model';
import * as fc from 'fast-check';

// Meshes whose routes all lead somewhere, in few names and texts, so that conditions overlap and requests nearly meet several.

/** The virtual node whose backends are all services, and the virtual gateway in front of them. */
export const CLIENT = 'client';
export const GATEWAY = 'gate';

const SERVICES = ['a.local', 'B.local', '*.local', 'a.local:8080', 'x.b.local', '*'];
/** Routers and nodes listen on both. */
const PORTS = [8080, 8081];
const port = fc.constantFrom(...PORTS);
const paths = ['/', '/a', '/a/', '/a/b', '/A', '/a%20b', '/a.b', '/a//b', '/b/', '/a|b', '/é'];
const texts = ['1', '10', 'a', 'ab', 'A', 'é', '1,2', 'a b', 'ü'];

const isTaken = (match: unknown): boolean => {
  try {
    parseSpec('route', { httpRoute: { match, action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } } });
    return true;
  } catch (error) {
    if (error instanceof MeshError) return false;
    throw error;
  }
};

/** Whole expressions, and pieces that together may be one. */
const wholeExpressions = [
  '/a.*',
  '/(a|b)+',
  '(?i)/A/?',
  '/a/[^/]+',
  '^/a$',
  '/a|/b',
  '/.*b',
  '[a-f\\d]{2,}',
  '1.*',
  '.{3}',
  '\\d+',
  '(?i)É',
  '[é-ü]+',
  '.*',
];
const pieces = [
  'a',
  'b',
  '/',
  'é',
  '.',
  '[^a]',
  '\\w',
  '\\p{L}',
  '\\pN',
  '(?i)',
  '(',
  ')',
  '|',
  '*',
  '+',
  '?',
  '{2}',
  '\\x{C3}',
  '\\Q.\\E',
  '\\b',
  '^',
  '$',
  '1',
  ',',
];
const expression = fc.oneof(
  fc.constantFrom(...wholeExpressions),
  fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join(''))
    .filter((regex) => isTaken({ path: { regex } })),
);

const headerMatch = fc.oneof(
  ...['exact', 'prefix', 'suffix'].map((method) => fc.constantFrom(...texts).map((value) => ({ [method]: value }))),
  fc
    .tuple(fc.integer({ min: -3, max: 10 }), fc.integer({ min: 1, max: 3 }))
    .map(([start, size]) => ({ range: { start, end: start + size } })),
  expression.map((regex) => ({ regex })),
);
const headerName = fc.constantFrom(
  'x-a',
  'X-B',
  'x-a',
  'user-agent',
  'content-type',
  'x-forwarded-proto',
  'host',
  ':path',
  ':authority',
  'x-request-id',
  'te',
);
// Unless a client sends one, Envoy makes it by chance: what can be told is whether it is there.
const comparable = ({ name, match, ...rest }: { readonly name: string; readonly match?: object }): object =>
  match === undefined || name === 'x-request-id' ? { name, ...rest } : { name, match, ...rest };
const header = fc.record({ name: headerName, match: headerMatch, invert: fc.boolean() }, { requiredKeys: ['name'] }).map(comparable);
const headers = fc.array(header, { minLength: 1, maxLength: 2 });
const queryParameters = fc.array(
  fc.record(
    { name: fc.constantFrom('x', 'y', 'a b', 'a%20b', 'é'), match: fc.constantFrom('', '1', 'a b', '%31').map((exact) => ({ exact })) },
    { requiredKeys: ['name'] },
  ),
  { minLength: 1, maxLength: 2 },
);

/** Most routes have few conditions: with many, no request would meet them all. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, key: string): fc.Arbitrary<object> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: arbitrary.map((value) => ({ [key]: value })) });
const merged = (...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object);

const path = fc.oneof(
  fc.constantFrom(...paths).map((prefix) => ({ prefix })),
  fc.constantFrom(...paths, '/a?x=1').map((exact) => ({ path: { exact } })),
  expression.map((regex) => ({ path: { regex } })),
);
const method = fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS');
const sometimes = fc.oneof(
  fc.constant({}),
  headers.map((value) => ({ headers: value })),
);
const shared = merged(sometimes, rarely(method, 'method'), rarely(queryParameters, 'queryParameters'));
const httpMatch = merged(path, shared, rarely(fc.constantFrom('http', 'https'), 'scheme'));
const grpcService = fc.constantFrom('s', 't.U');
const grpcMatch = merged(
  fc.oneof(
    fc.constant({}),
    fc.record({ serviceName: grpcService, methodName: fc.constantFrom('M', 'N') }, { requiredKeys: ['serviceName'] }),
  ),
  fc.oneof(
    fc.constant({}),
    headers.map((value) => ({ metadata: value })),
  ),
);
const hostname = fc.oneof(
  fc.constantFrom('a.local', 'A.local', 'a.local:8080', 'b').map((exact) => ({ exact })),
  fc.constantFrom('.local', '.b.local', 'local', '.local:8080').map((suffix) => ({ suffix })),
);
const gatewayMatch = merged(path, shared, rarely(hostname, 'hostname'));
const gatewayGrpcMatch = merged(rarely(grpcService, 'serviceName'), rarely(headers, 'metadata'), rarely(hostname, 'hostname'));
const keptHost = fc.constantFrom('ENABLED', 'DISABLED').map((defaultTargetHostname) => ({ defaultTargetHostname }));
const pathRewrite = fc.constantFrom(
  {},
  {},
  { prefix: { defaultPrefix: 'DISABLED' } },
  { prefix: { value: '/r/' } },
  { path: { exact: '/x' } },
  { path: { exact: '/\\1\\\\' } },
);

type RouteKind = 'httpRoute' | 'http2Route' | 'grpcRoute';
const kinds: readonly { readonly member: RouteKind; readonly protocol: string }[] = [
  { member: 'httpRoute', protocol: 'http' },
  { member: 'http2Route', protocol: 'http2' },
  { member: 'grpcRoute', protocol: 'grpc' },
];

const weightedTargets = fc.array(fc.record({ virtualNode: fc.constantFrom('n1', 'n2'), weight: fc.nat({ max: 2 }) }), {
  minLength: 1,
  maxLength: 2,
});
const priority = fc
  .option(fc.nat({ max: 3 }), { nil: undefined, freq: 2 })
  .map((value) => (value === undefined ? {} : { priority: value }));

function routesOf(member: RouteKind, parent: string): fc.Arbitrary<readonly object[]> {
  const spec = fc.record({
    match: merged(member === 'grpcRoute' ? grpcMatch : httpMatch, rarely(port, 'port')),
    action: fc.record({ weightedTargets }),
  });
  const route = fc.tuple(spec, priority).map(([own, placed]) => ({ kind: 'route', parent, spec: { [member]: own, ...placed } }));
  return named(fc.array(route, { minLength: 1, maxLength: 7 }));
}

function gatewayRoutesOf(member: RouteKind): fc.Arbitrary<readonly object[]> {
  const isGrpc = member === 'grpcRoute';
  const rewrite = isGrpc ? rarely(keptHost, 'hostname') : merged(rarely(keptHost, 'hostname'), pathRewrite);
  const service = fc.constantFrom(...SERVICES).map((virtualServiceName) => ({ virtualServiceName }));
  const target = merged(fc.record({ virtualService: service }), rarely(port, 'port'));
  const action = fc.record({ target, rewrite }).filter(({ rewrite: own }) => Object.keys(own).length > 0 || isGrpc);
  const spec = fc.record({ match: isGrpc ? gatewayGrpcMatch : gatewayMatch, action });
  const route = fc
    .tuple(spec, priority)
    .map(([own, placed]) => ({ kind: 'gatewayRoute', parent: GATEWAY, spec: { [member]: own, ...placed } }));
  return named(fc.array(route.filter(isWritable), { minLength: 1, maxLength: 7 }));
}

/** Some rewrites do not go with some matches. */
function isWritable({ spec }: { readonly spec: object }): boolean {
  try {
    parseSpec('gatewayRoute', spec);
    return true;
  } catch (error) {
    if (error instanceof MeshError) return false;
    throw error;
  }
}

function named(routes: fc.Arbitrary<readonly object[]>): fc.Arbitrary<readonly object[]> {
  return routes.map((all) => all.map((route, position) => ({ ...route, name: `r${position}` })));
}

/** A mesh with a client, services behind routers, and a gateway: all of one kind of route. */
export const routedMesh: fc.Arbitrary<readonly WrittenResource[]> = fc
  .tuple(fc.constantFrom(...kinds, ...kinds.slice(0, 2)), fc.subarray(SERVICES, { minLength: 1, maxLength: 4 }), fc.boolean())
  .chain(([{ member, protocol }, services, isOpen]) => {
    const listeners = PORTS.map((number) => ({ portMapping: { port: number, protocol } }));
    const node = (name: string, more: object = {}) => ({
      kind: 'virtualNode',
      name,
      spec: { listeners, serviceDiscovery: { dns: { hostname: name } }, ...more },
    });
    const backends = services.map((virtualServiceName) => ({ virtualService: { virtualServiceName } }));
    const fixed = [
      { kind: 'mesh', name: 'apps', spec: { egressFilter: { type: isOpen ? 'ALLOW_ALL' : 'DROP_ALL' } } },
      ...['n1', 'n2'].map((name) => node(name)),
      node(CLIENT, { backends }),
      ...services.flatMap((name, position) => [
        { kind: 'virtualRouter', name: `router${position}`, spec: { listeners } },
        { kind: 'virtualService', name, spec: { provider: { virtualRouter: { virtualRouterName: `router${position}` } } } },
      ]),
      { kind: 'virtualGateway', name: GATEWAY, spec: { listeners: listeners.slice(0, 1) } },
    ];
    const routers = fc.tuple(...services.map((_, position) => routesOf(member, `router${position}`)));
    return fc
      .tuple(routers, gatewayRoutesOf(member))
      .map(([routes, gatewayRoutes]) => [...fixed, ...routes.flat(), ...gatewayRoutes] as readonly WrittenResource[]);
  });
