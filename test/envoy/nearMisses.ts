import type { ExplainedRequest, RouteConfigIr } from '@meshwright/compiler';
import * as fc from 'fast-check';

// Requests made for one route and its host, then changed in few places: most of them meet nearly all conditions of several routes.

type RouteIr = RouteConfigIr['virtualHosts'][number]['routes'][number];
type Header = readonly [name: string, value: string];

/** What the conditions compare, and what the proxy makes of odd paths before. */
const PATHS = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/ab',
  '/A',
  '/b',
  '/b/c',
  '/a%20b',
  '/a.b',
  '/axb',
  '/aa',
  '/a/b/c',
  '/%C3%A9',
  '/%c3%a9',
  '/s/M',
  '/t.U/N',
  '/s/',
  '/a%7Cb',
  '/abab',
  '/1',
];
const ODD_PATHS = [
  ...[
    '//',
    '//a',
    '/a//b',
    '/a///',
    '/./a',
    '/a/.',
    '/a/..',
    '/../a',
    '/b/../a',
    '/b/%2e%2E/a',
    '/a/..;/b',
    '/a/.;x=1',
    '/a/..;',
    '/a/%2e%2e;/b',
    '/a/...;/b',
  ],
  ...['/%61', '/%41', '/a%2Fb', '/a%2fb', '/a\\b', '/a%5cb', '/%2e', '/a%2e', '/a|b', '/a"<>^`{}', '/a;b', '/a:b@c', '/~%7e_%5F-%2D'],
  ...[
    '/%',
    '/%4',
    '/%zz',
    '/%%34%31',
    '/%2%35',
    '/%%32e/a',
    '/%%%34%31',
    '/a/%2%65%2e/b',
    '/%00',
    '/a%0a',
    '/a#b',
    '/a\u007f',
    '/é',
    '*',
    'a',
    '/a/%%34/../b',
    '/x%/%34/..%31',
  ],
];
const QUERIES = [
  '',
  '?',
  '?x',
  '?x=',
  '?x=1',
  '?x=1&y=1',
  '?x=2&x=1',
  '?x=1&x=2',
  '?x=%31',
  '?y=a%20b&x=1',
  '?a%20b=1',
  '?a+b',
  '?&&x=1&',
  '?X=1',
  '?x=1=',
  '?z?x=1',
  '?x=1;y=1',
  '?=1',
  '?é=1',
  '?x=/../b//',
  '?%C3%A9',
];
const HOSTS = [
  'a.local',
  'A.LOCAL',
  'b.local',
  'x.local',
  'x.b.local',
  'y.x.b.local',
  'local',
  '.local',
  'b',
  'other',
  'a.local.',
  '',
  'xlocal',
];
const PORTS = ['', '', ':8080', ':80', ':15001', ':', ':x', ':8080:8080', ':08080'];
const VALUES = [
  '1',
  '10',
  'a',
  'ab',
  'A',
  'é',
  'É',
  'ü',
  '1,2',
  'a b',
  '',
  '2',
  '-3',
  '+2',
  '9',
  '007',
  '1.0',
  'xa',
  '9223372036854775807',
  '9223372036854775808',
  ' 1\t',
  'http',
  'https',
  'trailers',
  'gzip, trailers',
];
const TYPES = [
  'application/grpc',
  'application/grpc+proto',
  'application/grpc-web',
  'application/grpc;x=1',
  'application/grpcx',
  'APPLICATION/GRPC',
  'application/json',
];
const NAMES = [
  'x-a',
  'X-B',
  'user-agent',
  'content-type',
  'x-forwarded-proto',
  'te',
  'x-request-id',
  'x-app-mesh-virtual-service',
  'X-A',
  'accept',
  'x-envoy-max-retries',
];
const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'TRACE'];

/** Requests made for the routes of the first pass. */
export function nearMisses([first]: readonly RouteConfigIr[]): fc.Arbitrary<ExplainedRequest> {
  const aims = (first?.virtualHosts ?? []).flatMap((host) => host.routes.map((route) => ({ domains: host.domains, route })));
  const plain: ExplainedRequest = { method: 'GET', authority: 'a.local', path: '/a', headers: [] };
  const aimed =
    aims.length === 0
      ? fc.constant(plain)
      : fc
          .tuple(fc.constantFrom(...aims), fc.infiniteStream(fc.nat({ max: 1_000 })))
          .map(([{ domains, route }, chance]) => aim(domains, route, (all) => all[(chance.next().value ?? 0) % all.length] ?? ''));
  return fc
    .tuple(aimed, fc.array(mutation, { maxLength: 2 }))
    .map(([request, changes]) => changes.reduce((made, change) => change(made), request));
}

type Choose = (all: readonly string[]) => string;

function aim(domains: readonly string[], { match, headers = [] }: RouteIr, choose: Choose): ExplainedRequest {
  const isGrpc = match.kind === 'grpc' || match.kind === 'gatewayGrpc';
  const wanted = isGrpc ? (match.match.metadata ?? []) : (match.match.headers ?? []);
  const method = isGrpc ? 'POST' : (match.match.method ?? choose(METHODS));
  const scheme = match.kind === 'http' ? match.match.scheme : undefined;
  const own = headers.flatMap(({ name, value }): Header[] => (name === ':authority' ? [] : [[name, value]]));
  return {
    method,
    authority: choose(domains).replace('*', choose(['x', 'y.x.b', 'a', ''])) + choose(['', '', '', '', ':8080']),
    path: pathFor(match, choose) + queryFor(match, choose),
    headers: [
      ...(isGrpc ? [['content-type', choose(TYPES.slice(0, 2))] as const] : []),
      ...(scheme === undefined ? [] : [['x-forwarded-proto', scheme] as const]),
      ...own,
      ...wanted
        .filter(({ name }) => !name.startsWith(':') && name !== 'host')
        .map((header): Header => [header.name, valueFor(header, choose)]),
    ],
  };
}

function pathFor({ kind, match }: RouteIr['match'], choose: Choose): string {
  if (kind === 'grpc' || kind === 'gatewayGrpc') {
    const method = 'methodName' in match ? match.methodName : undefined;
    return `/${match.serviceName ?? choose(['s', 't.U'])}/${method ?? choose(['M', 'N', ''])}`;
  }
  if (match.path?.exact !== undefined) return match.path.exact;
  return match.path?.regex !== undefined || match.prefix === undefined ? choose(PATHS) : match.prefix + choose(['', '', '/b', 'b', 'x']);
}

function queryFor({ kind, match }: RouteIr['match'], choose: Choose): string {
  if (kind === 'grpc' || kind === 'gatewayGrpc') return '';
  const parameters = (match.queryParameters ?? []).map(
    ({ name, match: of }) => `${name}${of?.exact === undefined ? choose(['', '=', '=1']) : `=${of.exact}`}`,
  );
  return parameters.length === 0 ? choose(['', '', '?x=1']) : `?${parameters.join('&').replaceAll(' ', '%20')}`;
}

function valueFor(
  { match, invert = false }: NonNullable<Extract<RouteIr['match'], { kind: 'http' }>['match']['headers']>[number],
  choose: Choose,
): string {
  if (match === undefined || invert) return choose(VALUES);
  const { exact, prefix, suffix, range } = match as { readonly [method: string]: unknown };
  if (typeof exact === 'string') return exact;
  if (typeof prefix === 'string') return prefix + choose(['', 'x', ' b']);
  if (typeof suffix === 'string') return choose(['', 'x', 'b ']) + suffix;
  if (typeof range === 'object' && range !== null) {
    const { start, end } = range as { readonly start: number; readonly end: number };
    return choose([start, start - 1, end - 1, end].map(String));
  }
  return choose(VALUES);
}

type Change = (request: ExplainedRequest) => ExplainedRequest;

const withHeaders =
  (edit: (headers: readonly Header[]) => readonly Header[]): Change =>
  (request) => ({ ...request, headers: edit(request.headers ?? []) });
const onPath =
  (edit: (path: string) => string): Change =>
  (request) => {
    const [path = '', ...query] = request.path.split('?');
    return { ...request, path: [edit(path), ...query].join('?') };
  };

const mutation: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(...METHODS).map(
    (method): Change =>
      (request) => ({ ...request, method }),
  ),
  fc.tuple(fc.constantFrom(...HOSTS), fc.constantFrom(...PORTS)).map(
    ([host, port]): Change =>
      (request) => ({ ...request, authority: host + port }),
  ),
  fc.constantFrom<Change>(
    (request) => ({ ...request, authority: request.authority.toUpperCase() }),
    (request) => ({ ...request, authority: `x.${request.authority}` }),
  ),
  fc.constantFrom(...PATHS).map((path) => onPath(() => path)),
  fc.constantFrom(...ODD_PATHS).map((path) => onPath(() => path)),
  fc.constantFrom(...ODD_PATHS.slice(0, -10)).map((path) => onPath((own) => own + path)),
  fc.constantFrom<Change>(
    onPath((path) => `${path}/`),
    onPath((path) => path.slice(0, -1)),
    onPath((path) => path.toUpperCase()),
    onPath((path) => path.replace(/[ab]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)),
  ),
  fc.constantFrom(...QUERIES).map(
    (query): Change =>
      (request) => ({ ...request, path: request.path.replace(/\?.*|$/s, query) }),
  ),
  fc
    .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES))
    .map(([name, value]) => withHeaders((headers) => [...headers, [name, value]])),
  fc
    .tuple(fc.nat({ max: 9 }), fc.constantFrom(...VALUES))
    .map(([at, value]) =>
      withHeaders((headers) => headers.map((header, place) => (place === at % headers.length ? [header[0], value] : header))),
    ),
  fc
    .tuple(fc.nat({ max: 9 }), fc.constantFrom(...VALUES))
    .map(([at, value]) =>
      withHeaders((headers) =>
        headers.flatMap((header, place) => (place === at % headers.length ? [[header[0], value] as const, header] : [header])),
      ),
    ),
  fc.nat({ max: 9 }).map((at) => withHeaders((headers) => headers.filter((_, place) => place !== at % headers.length))),
  fc
    .constantFrom(...TYPES)
    .map((type) => withHeaders((headers) => [...headers.filter(([name]) => name !== 'content-type'), ['content-type', type]])),
);
