import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Ask, CallAsk, HttpAsk } from '../netns/ask.ts';
import { type Call, meshCalls, sharesOf } from '../netns/calls.ts';
import { describeScenario } from '../netns/eachProtocol.ts';
import { PORTS, type ProxyNamespace } from '../netns/network.ts';
import { type Scenario, startScenario } from '../netns/scenario.ts';

/** An address nobody has: what is sent there is redirected by its port, and routed by its host. */
const NOWHERE = ['10.99.0.99'];
/** A port of a second service of connections. */
const SPLIT_PORT = 3307;
const SERVERS = ['serviceb', 'servicebv2'] as const;
const SERVICES = ['http', 'http2', 'grpc', 'tcp', 'split', 'narrow', 'zero', 'plain', 'empty'].map((name) => `${name}.apps.local`);

const apps = meshCalls('apps');
const listeners = (['http', 'http2', 'grpc', 'tcp'] as const).map((protocol) => ({ protocol, port: PORTS[protocol] }));

/** What a request is, besides a GET of the path. */
type Asked = string | { readonly path: string; readonly method?: string; readonly headers?: Readonly<Record<string, string>> };

/** A route to `serviceb`: what it takes, and what goes on to the route of everything else, to `servicebv2`. */
interface Row {
  readonly name: string;
  readonly match: object;
  readonly takes: readonly Asked[];
  readonly leaves: readonly Asked[];
}

const withHeader = (name: string, value: string): { readonly headers: Readonly<Record<string, string>> } => ({
  headers: { [name]: value },
});

/** A row on one header: `takes` and `leaves` are values of it. */
function headerRow(name: string, condition: object, takes: readonly string[], leaves: readonly string[], without: 'taken' | 'left'): Row {
  const path = `/header/${name}`;
  const asked = (value: string) => ({ path, ...withHeader('x-say', value) });
  return {
    name: `header-${name}`,
    match: { prefix: path, headers: [{ name: 'x-say', ...condition }] },
    takes: [...takes.map(asked), ...(without === 'taken' ? [path] : [])],
    leaves: [...leaves.map(asked), ...(without === 'left' ? [path] : [])],
  };
}

const HTTP_ROWS: readonly Row[] = [
  {
    name: 'prefix',
    match: { prefix: '/shop' },
    takes: ['/shop', '/shop/x', '/shopping', '/shop?q=1', '//shop', '/other/../shop', '/shop/%2e%2e%2fx'],
    leaves: ['/sho', '/Shop', '/x/shop', '/shop/../other'],
  },
  { name: 'exact', match: { path: { exact: '/exact' } }, takes: ['/exact', '/exact?q=1'], leaves: ['/exact/', '/exact/x', '/exactly'] },
  {
    name: 'regex',
    match: { path: { regex: '/items/[0-9]+' } },
    takes: ['/items/7', '/items/2026?q=1'],
    leaves: ['/items/', '/items/7/x', '/items/seven', '/x/items/7'],
  },
  {
    name: 'method',
    match: { prefix: '/method', method: 'POST' },
    takes: [{ path: '/method', method: 'POST' }],
    leaves: ['/method', { path: '/method', method: 'PUT' }, { path: '/method', method: 'DELETE' }],
  },
  headerRow('present', {}, ['x', ''], [], 'left'),
  headerRow('absent', { invert: true }, [], ['x', ''], 'taken'),
  headerRow('exact', { match: { exact: 'red' } }, ['red'], ['Red', 'reddish', 'blue'], 'left'),
  headerRow('prefix', { match: { prefix: 're' } }, ['re', 'red'], ['r', 'Red', 'a red'], 'left'),
  headerRow('suffix', { match: { suffix: 'ed' } }, ['ed', 'red'], ['redder', 'RED'], 'left'),
  headerRow('regex', { match: { regex: 'a+b?' } }, ['a', 'aaab'], ['b', 'aabb', 'caab'], 'left'),
  headerRow('range', { match: { range: { start: -5, end: 10 } } }, ['-5', '0', '9'], ['-6', '10', '9.5', 'nine'], 'left'),
  // Envoy finds no value to compare where there is no header, and App Mesh's was an Envoy.
  headerRow('not-exact', { match: { exact: 'red' }, invert: true }, ['blue', 'Red'], ['red'], 'left'),
  {
    name: 'two-headers',
    match: { prefix: '/two', headers: [{ name: 'x-one', match: { exact: '1' } }, { name: 'x-two' }] },
    takes: [{ path: '/two', headers: { 'x-one': '1', 'x-two': 'any' } }],
    leaves: [
      { path: '/two', ...withHeader('x-one', '1') },
      { path: '/two', ...withHeader('x-two', 'any') },
    ],
  },
  {
    name: 'query',
    match: { prefix: '/query', queryParameters: [{ name: 'color', match: { exact: 'red' } }, { name: 'size' }] },
    takes: ['/query?color=red&size=7', '/query/x?size&color=red', '/query?other=1&size=&color=red'],
    leaves: ['/query?color=red', '/query?size=7', '/query?color=blue&size=7', '/query?color=reddish&size=7', '/query'],
  },
  { name: 'all', match: { prefix: '/' }, takes: [], leaves: ['/', '/anything?shop=/shop'] },
];

/** A row on the scheme, which a client says in this header. */
function schemeRow(header: string): Row {
  const match = { prefix: '/scheme', scheme: 'https' };
  return { name: 'scheme', match, takes: [{ path: '/scheme', ...withHeader(header, 'https') }], leaves: ['/scheme'] };
}

const HTTP1_ROWS = [...HTTP_ROWS, schemeRow('x-forwarded-proto')];
const HTTP2_ROWS = [...HTTP_ROWS, schemeRow(':scheme')];

/** Routes whose order is looked at, as `prefix` of each, in the order they are made in; the later ones must not win by age. */
const ORDER: readonly (readonly [
  name: string,
  spec: { readonly priority?: number; readonly match: object },
  to: (typeof SERVERS)[number],
])[] = [
  ['long-later', { match: { prefix: '/order/prio/long' } }, 'servicebv2'],
  ['five', { priority: 5, match: { path: { exact: '/order/prio/five' } } }, 'servicebv2'],
  ['zero', { priority: 0, match: { prefix: '/order/prio' } }, 'serviceb'],
  ['six', { priority: 6, match: { prefix: '/order/six' } }, 'serviceb'],
  ['seven', { priority: 7, match: { prefix: '/order/six/seven' } }, 'servicebv2'],
  ['thousand', { priority: 1000, match: { prefix: '/order/last' } }, 'serviceb'],
  ['none', { match: { path: { exact: '/order/last/of/all' } } }, 'servicebv2'],
  ['short', { match: { prefix: '/order/length' } }, 'servicebv2'],
  ['longer', { match: { prefix: '/order/length/longer' } }, 'serviceb'],
  ['as-prefix', { match: { prefix: '/order/kind' } }, 'servicebv2'],
  ['as-path', { match: { path: { exact: '/order/kind' } } }, 'serviceb'],
  ['bare', { match: { prefix: '/order/more' } }, 'servicebv2'],
  ['with-method', { match: { prefix: '/order/more', method: 'GET' } }, 'serviceb'],
];

/** Who answers where several of `ORDER` match. */
const ORDER_ASKED: readonly (readonly [path: string, app: (typeof SERVERS)[number]])[] = [
  ['/order/prio/long', 'serviceb'],
  ['/order/prio/five', 'serviceb'],
  ['/order/six/seven', 'serviceb'],
  ['/order/last/of/all', 'serviceb'],
  ['/order/length', 'servicebv2'],
  ['/order/length/longer', 'serviceb'],
  ['/order/kind', 'serviceb'],
  ['/order/kind/x', 'servicebv2'],
  ['/order/more', 'serviceb'],
];

/** `takes` and `leaves` are calls: `/service/method`, and metadata. */
const CALL_ROWS: readonly Row[] = [
  {
    name: 'method',
    match: { serviceName: 'shop.Cart', methodName: 'Add' },
    takes: ['/shop.Cart/Add'],
    leaves: ['/shop.Cart/List', '/shop.CartAdmin/Add'],
  },
  { name: 'service', match: { serviceName: 'shop.Stock' }, takes: ['/shop.Stock/Get'], leaves: ['/shop.CartAdmin/Add'] },
  callRow('present', {}, ['x'], [], 'left'),
  callRow('exact', { match: { exact: 'red' } }, ['red'], ['Red', 'blue'], 'left'),
  callRow('prefix', { match: { prefix: 're' } }, ['red'], ['blue'], 'left'),
  callRow('suffix', { match: { suffix: 'ed' } }, ['red'], ['blue'], 'left'),
  callRow('regex', { match: { regex: 'a+' } }, ['aa'], ['ab'], 'left'),
  callRow('range', { match: { range: { start: 1, end: 10 } } }, ['1', '9'], ['0', '10'], 'left'),
  callRow('absent', { invert: true }, [], ['x'], 'taken'),
  { name: 'all', match: {}, takes: [], leaves: ['/shop.Cart/List'] },
];

/** A row on one entry of metadata of `shop.Cart/List`; which entry tells rows of the same path apart. */
function callRow(name: string, condition: object, takes: readonly string[], leaves: readonly string[], without: 'taken' | 'left'): Row {
  const path = '/shop.Cart/List';
  const entry = `x-${name}`;
  // Where its absence counts, another entry says which row is meant.
  const mark = { 'x-row': name };
  const asked = (value: string) => ({ path, headers: { ...mark, [entry]: value } });
  const bare = [{ path, headers: mark }];
  const metadata = [
    { name: 'x-row', match: { exact: name } },
    { name: entry, ...condition },
  ];
  return {
    name: `metadata-${name}`,
    match: { serviceName: 'shop.Cart', metadata },
    takes: [...takes.map(asked), ...(without === 'taken' ? bare : [])],
    leaves: [...leaves.map(asked), ...(without === 'left' ? bare : [])],
  };
}

function calls(): readonly Call[] {
  const router = (name: string, port: number, protocol: 'http' | 'http2' | 'grpc' | 'tcp') => [
    apps.router(name, { port, protocol }),
    apps.service(`${name}.apps.local`, { router: name }),
  ];
  const rows = (kind: 'http' | 'http2' | 'grpc', table: readonly Row[]) =>
    table.map(({ name, match, takes }) => {
      const to = takes.length === 0 ? 'servicebv2' : 'serviceb';
      return apps.route(kind, name, { [`${kind}Route`]: { match, action: sharesOf({ [to]: 1 }, PORTS[kind]) } });
    });
  const order = ORDER.map(([name, { priority, match }, to]) => {
    const httpRoute = { match, action: sharesOf({ [to]: 1 }, PORTS.http) };
    return apps.route('http', `order-${name}`, { httpRoute, ...(priority !== undefined && { priority }) });
  });
  const connections = (name: string, weights: Readonly<Record<string, number>>) =>
    apps.route(name, 'all', { tcpRoute: { action: sharesOf(weights, PORTS.tcp) } });
  const zero = sharesOf({ serviceb: 0, servicebv2: 0 }, PORTS.http);
  const narrow = sharesOf({ serviceb: 1 }, PORTS.http);
  return [
    apps.mesh(),
    apps.node('servicea', { hostname: 'servicea.apps.local', listeners, backends: SERVICES }),
    ...SERVERS.map((server) => apps.node(server, { hostname: `${server}.apps.local`, listeners })),
    apps.node('plain', { hostname: 'servicebv2.apps.local', listeners: listeners.slice(0, 1) }),
    ...router('http', PORTS.http, 'http'),
    ...rows('http', HTTP1_ROWS),
    ...order,
    ...router('http2', PORTS.http2, 'http2'),
    ...rows('http2', HTTP2_ROWS),
    ...router('grpc', PORTS.grpc, 'grpc'),
    ...rows('grpc', CALL_ROWS),
    ...router('tcp', PORTS.tcp, 'tcp'),
    connections('tcp', { serviceb: 0, servicebv2: 1 }),
    ...router('split', SPLIT_PORT, 'tcp'),
    connections('split', { serviceb: 1, servicebv2: 1 }),
    ...router('narrow', PORTS.http, 'http'),
    apps.route('narrow', 'only', { httpRoute: { match: { prefix: '/only' }, action: narrow } }),
    ...router('zero', PORTS.http, 'http'),
    apps.route('zero', 'nobody', { httpRoute: { match: { prefix: '/' }, action: zero } }),
    ...router('empty', PORTS.http, 'http'),
    apps.service('plain.apps.local', { node: 'plain' }),
  ];
}

describeScenario('routes choose who answers', ['sotw', 'delta'], (protocol) => {
  let scenario: Scenario;
  let asked = 0;
  /** Answers of applications, but for those of connections. */
  let answeredByHttp = 0;

  beforeAll(async () => {
    const names = Object.fromEntries(SERVICES.map((name) => [name, NOWHERE]));
    const node = (name: string) => `mesh/apps/virtualNode/${name}`;
    scenario = await startScenario({
      protocol,
      names,
      calls: calls(),
      proxies: { a: node('servicea'), b: node('serviceb'), b2: node('servicebv2') },
    });
  });
  afterAll(async () => {
    await scenario?.close();
    process.stdout.write(`\nroutes, ${protocol}: ${asked} requests\n`);
  });

  const ask = async (asks: readonly Ask[], together = false): Promise<readonly Answer[]> => {
    const answers = await scenario.ask('a', asks, { together });
    asked += asks.length;
    answeredByHttp += answers.filter(({ app }, index) => app !== undefined && asks[index]?.kind !== 'tcp').length;
    return answers;
  };
  /** What each request of a table should come to, beside what it came to. */
  const compare = async (table: readonly (readonly [Ask, Partial<Answer>])[]) => {
    const answers = await ask(table.map(([request]) => request));
    const told = ({ app, status, error }: Partial<Answer>) => ({ app, status, error });
    const rows = table.map(([request, wanted], index) => ({ request, wanted, answer: answers[index] ?? {} }));
    expect(rows.map(({ request, answer }) => ({ request, ...told(answer) }))).toEqual(
      rows.map(({ request, wanted }) => ({ request, ...told(wanted) })),
    );
    return answers;
  };
  const httpAsk = (kind: 'http' | 'http2', of: Asked): HttpAsk => {
    const { path, ...rest } = typeof of === 'string' ? { path: of } : of;
    return { kind, url: `http://${kind}.apps.local:${PORTS[kind]}${path}`, ...rest };
  };
  const callAsk = (of: Asked): CallAsk => {
    const { path, ...rest } = typeof of === 'string' ? { path: of } : of;
    return { kind: 'grpc', target: `grpc.apps.local:${PORTS.grpc}`, path, ...rest };
  };
  const tableOf = (rows: readonly Row[], request: (of: Asked) => Ask, status: number) =>
    rows.flatMap(({ takes, leaves }) => [
      ...takes.map((of) => [request(of), { app: 'serviceb', status }] as const),
      ...leaves.map((of) => [request(of), { app: 'servicebv2', status }] as const),
    ]);

  test('HTTP/1.1: by path, method, header, query and scheme', async () => {
    const answers = await compare(tableOf(HTTP1_ROWS, (of) => httpAsk('http', of), 200));
    expect(new Set(answers.map(({ saw }) => saw?.protocol))).toEqual(new Set(['HTTP/1.1']));
  });

  test('HTTP/2: by path, method, header, query and scheme', async () => {
    const answers = await compare(tableOf(HTTP2_ROWS, (of) => httpAsk('http2', of), 200));
    expect(new Set(answers.map(({ saw }) => saw?.protocol))).toEqual(new Set(['HTTP/2.0']));
  });

  test('by priority, and where there is none by the narrower path, whichever came first', async () => {
    await compare(ORDER_ASKED.map(([path, app]) => [httpAsk('http', path), { app, status: 200 }] as const));
  });

  test('gRPC: by service, method and metadata; what is no call has no route', async () => {
    const noCall: HttpAsk = { kind: 'http2', method: 'POST', url: `http://grpc.apps.local:${PORTS.grpc}/shop.Cart/Add` };
    await compare([...tableOf(CALL_ROWS, callAsk, 0), [noCall, { status: 404 }]]);
  });

  test('TCP: the server speaks first, by whichever share leads to it', async () => {
    const connection = (name: string, port: number): Ask => ({ kind: 'tcp', host: `${name}.apps.local`, port });
    const whole = await ask(Array<Ask>(10).fill(connection('tcp', PORTS.tcp)), true);
    expect(whole.map(({ app, saw, error }) => ({ app, said: saw?.said, error }))).toEqual(
      Array(10).fill({ app: 'servicebv2', said: 'ping' }),
    );
    const split = await ask(Array<Ask>(40).fill(connection('split', SPLIT_PORT)), true);
    expect(new Set(split.map(({ app }) => app))).toEqual(new Set(SERVERS)); // by chance one alone: once in 5 × 10¹¹ runs
  });

  test('a WebSocket is opened through both Envoys, by the route of its path', async () => {
    const url = (path: string) => `ws://http.apps.local:${PORTS.http}${path}`;
    const answers = await compare([
      [{ kind: 'webSocket', url: url('/shop/feed') }, { app: 'serviceb' }],
      [{ kind: 'webSocket', url: url('/feed') }, { app: 'servicebv2' }],
    ]);
    expect(answers.map(({ saw }) => saw)).toEqual(['/shop/feed', '/feed'].map((path) => ({ path, said: 'ping' })));
  });

  test('without a matching route it is 404, with no share for anybody 503, and a virtual node may be the provider', async () => {
    const url = (name: string, path = '/') => `http://${name}.apps.local:${PORTS.http}${path}`;
    await compare([
      [
        { kind: 'http', url: url('narrow', '/only') },
        { app: 'serviceb', status: 200 },
      ],
      [{ kind: 'http', url: url('narrow', '/other') }, { status: 404 }],
      [{ kind: 'http', url: url('zero') }, { status: 503 }],
      [{ kind: 'http', url: url('empty') }, { status: 404 }],
      [
        { kind: 'http', url: url('plain') },
        { app: 'servicebv2', status: 200 },
      ],
      [
        { kind: 'http', url: url('plain'), headers: { host: 'PLAIN.apps.local' } },
        { app: 'servicebv2', status: 200 },
      ],
      [{ kind: 'http', url: url('plain'), headers: { host: 'unheard.apps.local' } }, { status: 404 }],
    ]);
  });

  test('every one of them passed an Envoy on either side', async () => {
    const requests = async (namespace: ProxyNamespace, clusters: string) => {
      const counts = await scenario.envoy(namespace).stats(`^cluster\\.cds_${clusters}_(http|http2|grpc)_\\d+\\.upstream_rq_total$`);
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    };
    const sent = { b: await requests('a', 'egress_apps_serviceb'), b2: await requests('a', 'egress_apps_(servicebv2|plain)') };
    expect(sent).toEqual({ b: await requests('b', 'ingress_apps_serviceb'), b2: await requests('b2', 'ingress_apps_servicebv2') });
    expect(sent.b + sent.b2).toBe(answeredByHttp);
  });
});
