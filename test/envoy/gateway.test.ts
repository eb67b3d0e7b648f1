import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Ask, HttpAsk, Seen } from '../netns/ask.ts';
import { type Call, meshCalls, sharesOf } from '../netns/calls.ts';
import { describeScenario } from '../netns/eachProtocol.ts';
import { addressOf, PORTS } from '../netns/network.ts';
import { type Scenario, startScenario } from '../netns/scenario.ts';

const apps = meshCalls('apps');
const GATE = { http: 9080, http2: 9082, grpc: 9051 } as const;
const ROUTED = 'routed.apps.local';
const PLAIN = 'plain.apps.local';
/** Chooses the virtual service in the gateway's second pass, and is nobody's business outside. */
const SERVICE_HEADER = 'x-app-mesh-virtual-service';

/** Gateway routes of HTTP, by name; to the virtual service ROUTED unless told. */
const ROUTES: Readonly<
  Record<string, { readonly match: object; readonly rewrite?: object; readonly to?: string; readonly priority?: number }>
> = {
  default: { match: { prefix: '/default' } },
  slash: { match: { prefix: '/slash/' } },
  value: { match: { prefix: '/value/' }, rewrite: { prefix: { value: '/v2/' } } },
  kept: { match: { prefix: '/v2/' }, rewrite: { prefix: { defaultPrefix: 'DISABLED' } } },
  path: { match: { path: { exact: '/path' } }, rewrite: { path: { exact: '/v2/new' } } },
  'path-kept': { match: { path: { exact: '/path/kept' } } },
  regex: { match: { path: { regex: '/items/[0-9]+' } }, rewrite: { path: { exact: '/item' } } },
  'host-kept': { match: { prefix: '/host/' }, rewrite: { hostname: { defaultTargetHostname: 'DISABLED' } } },
  method: { match: { prefix: '/method/', method: 'POST' } },
  header: { match: { prefix: '/header/', headers: [{ name: 'x-say', match: { exact: 'red' } }] } },
  query: { match: { prefix: '/query/', queryParameters: [{ name: 'color', match: { exact: 'red' } }] } },
  first: { match: { prefix: '/priority/' }, priority: 1 },
  second: { match: { prefix: '/priority/longer/' }, priority: 2, to: PLAIN },
  shop: { match: { hostname: { exact: 'shop.example.com' }, prefix: '/shop/' }, to: PLAIN },
  'shop-default': { match: { hostname: { exact: 'shop.example.com' }, prefix: '/default/over/' }, to: PLAIN },
  port: { match: { hostname: { exact: `shop.example.com:${GATE.http}` }, prefix: '/port/' }, to: PLAIN },
  suffix: { match: { hostname: { suffix: '.example.org' }, prefix: '/suffix/' }, to: PLAIN },
};

interface Wanted {
  readonly app: 'serviceb' | 'servicebv2';
  readonly path: string;
  /** ROUTED unless told. */
  readonly host?: string;
}

type Asked = string | { readonly path: string; readonly method?: string; readonly headers?: Readonly<Record<string, string>> };

const withHost = (path: string, host: string) => ({ path, headers: { host } });

/** What is asked, and who answers having seen what; 404 where nothing is wanted. */
const HTTP_ROWS: readonly (readonly [asked: Asked, wanted?: Wanted])[] = [
  ['/default', { app: 'serviceb', path: '/' }],
  ['/default/', { app: 'serviceb', path: '/' }],
  ['/default/x/y?q=1', { app: 'serviceb', path: '/x/y?q=1' }],
  ['/default?q=1', { app: 'serviceb', path: '/?q=1' }],
  // The routes behind it match on what was rewritten.
  ['/default/v2/x', { app: 'servicebv2', path: '/v2/x' }],
  ['/slash/x', { app: 'serviceb', path: '/x' }],
  ['/slash/v2/x', { app: 'servicebv2', path: '/v2/x' }],
  ['/slash'],
  ['/value/x', { app: 'servicebv2', path: '/v2/x' }],
  ['/v2/x', { app: 'servicebv2', path: '/v2/x' }],
  ['/path?q=1', { app: 'servicebv2', path: '/v2/new?q=1' }],
  ['/path/kept?q=1', { app: 'serviceb', path: '/path/kept?q=1' }],
  ['/path/other'],
  ['/items/7?q=1', { app: 'serviceb', path: '/item?q=1' }],
  ['/items/seven'],
  [withHost('/host/x', 'Any.example.net'), { app: 'serviceb', path: '/x', host: 'Any.example.net' }],
  // A host that is kept may be the name of another service behind the gateway.
  [withHost('/host/v2/', PLAIN), { app: 'servicebv2', path: '/v2/', host: PLAIN }],
  [withHost('/host/x', PLAIN), { app: 'serviceb', path: '/x', host: PLAIN }],
  [
    { path: '/host/x', headers: { host: 'any.example.net', [SERVICE_HEADER]: PLAIN } },
    { app: 'serviceb', path: '/x', host: 'any.example.net' },
  ],
  [
    { path: '/default/x', headers: { [SERVICE_HEADER]: PLAIN } },
    { app: 'serviceb', path: '/x' },
  ],
  [
    { path: '/method/x', method: 'POST' },
    { app: 'serviceb', path: '/x' },
  ],
  ['/method/x'],
  [
    { path: '/header/x', headers: { 'x-say': 'red' } },
    { app: 'serviceb', path: '/x' },
  ],
  [{ path: '/header/x', headers: { 'x-say': 'blue' } }],
  ['/query/x?color=red', { app: 'serviceb', path: '/x?color=red' }],
  ['/query/x?color=blue'],
  ['/priority/longer/x', { app: 'serviceb', path: '/longer/x' }],
  [withHost('/shop/x', 'shop.example.com'), { app: 'servicebv2', path: '/x', host: PLAIN }],
  [withHost('/shop/x', 'SHOP.example.com'), { app: 'servicebv2', path: '/x', host: PLAIN }],
  [withHost('/shop/x', `shop.example.com:${GATE.http}`), { app: 'servicebv2', path: '/x', host: PLAIN }],
  [withHost('/shop/x', 'shop.example.com:443'), { app: 'servicebv2', path: '/x', host: PLAIN }],
  [withHost('/shop/x', 'other.example.com')],
  // What the host's own routes do not take is for those without a host.
  [withHost('/default/over/x', 'shop.example.com'), { app: 'servicebv2', path: '/x', host: PLAIN }],
  [withHost('/default/x', 'shop.example.com'), { app: 'serviceb', path: '/x' }],
  [withHost('/port/x', `shop.example.com:${GATE.http}`), { app: 'servicebv2', path: '/x', host: PLAIN }],
  [withHost('/port/x', 'shop.example.com:443')],
  [withHost('/port/x', 'shop.example.com')],
  [withHost('/suffix/x', 'any.example.org'), { app: 'servicebv2', path: '/x', host: PLAIN }],
  [withHost('/suffix/x', `very.deep.example.org:${GATE.http}`), { app: 'servicebv2', path: '/x', host: PLAIN }],
  [withHost('/suffix/x', 'any.example.net')],
  ['/'],
];

function calls(): readonly Call[] {
  const listeners = (['http', 'http2', 'grpc'] as const).map((protocol) => ({ protocol, port: PORTS[protocol] }));
  const target = (virtualServiceName: string) => ({ target: { virtualService: { virtualServiceName } } });
  const route = (name: string, kind: 'http' | 'http2' | 'grpc', match: object, server: string) =>
    apps.route(kind, name, { [`${kind}Route`]: { match, action: sharesOf({ [server]: 1 }, PORTS[kind]) } });
  return [
    apps.mesh(),
    ...['serviceb', 'servicebv2'].map((name) => apps.node(name, { hostname: `${name}.apps.local`, listeners })),
    apps.node('plain', { hostname: 'servicebv2.apps.local', listeners: listeners.slice(0, 1) }),
    apps.service(PLAIN, { node: 'plain' }),
    ...listeners.flatMap((listener) => [
      apps.router(listener.protocol, listener),
      apps.service(listener.protocol === 'http' ? ROUTED : `${listener.protocol}.apps.local`, { router: listener.protocol }),
    ]),
    route('one', 'http', { prefix: '/' }, 'serviceb'),
    route('two', 'http', { prefix: '/v2/' }, 'servicebv2'),
    route('one', 'http2', { prefix: '/' }, 'serviceb'),
    route('two', 'http2', { prefix: '/v2/' }, 'servicebv2'),
    route('one', 'grpc', {}, 'serviceb'),
    route('two', 'grpc', { serviceName: 'shop.Stock' }, 'servicebv2'),
    apps.gateway('gate', ...listeners.map(({ protocol }) => ({ protocol, port: GATE[protocol] }))),
    ...Object.entries(ROUTES).map(([name, { match, rewrite, to = ROUTED, priority }]) => {
      const httpRoute = { match: { ...match, port: GATE.http }, action: { ...target(to), ...(rewrite && { rewrite }) } };
      return apps.gatewayRoute('gate', name, { httpRoute, ...(priority !== undefined && { priority }) });
    }),
    apps.gatewayRoute('gate', 'http2', { http2Route: { match: { prefix: '/', port: GATE.http2 }, action: target('http2.apps.local') } }),
    apps.gatewayRoute('gate', 'cart', {
      grpcRoute: { match: { serviceName: 'shop.Cart', port: GATE.grpc }, action: target('grpc.apps.local') },
    }),
    apps.gatewayRoute('gate', 'stock', {
      grpcRoute: {
        match: {
          serviceName: 'shop.Stock',
          metadata: [{ name: 'x-say', match: { exact: 'red' } }],
          hostname: { exact: 'calls.example.com' },
          port: GATE.grpc,
        },
        action: target('grpc.apps.local'),
      },
    }),
  ];
}

describeScenario('a gateway lets traffic in', ['sotw', 'delta'], (protocol) => {
  let scenario: Scenario;
  let asked = 0;

  beforeAll(async () => {
    const proxies = {
      gw: 'mesh/apps/virtualGateway/gate',
      b: 'mesh/apps/virtualNode/serviceb',
      b2: 'mesh/apps/virtualNode/servicebv2',
    };
    scenario = await startScenario({ protocol, names: { 'gate.example.com': [addressOf('gw')] }, calls: calls(), proxies });
  });
  afterAll(async () => {
    await scenario?.close();
    process.stdout.write(`\ngateway, ${protocol}: ${asked} requests\n`);
  });

  const ask = (asks: readonly Ask[]): Promise<readonly Answer[]> => {
    asked += asks.length;
    return scenario.ask('out', asks);
  };
  const seen = ({ path, host }: Seen = {}) => ({ path, host });
  const httpAsk = (of: Asked): HttpAsk => {
    const { path, ...rest } = typeof of === 'string' ? { path: of } : of;
    return { kind: 'http', url: `http://gate.example.com:${GATE.http}${path}`, ...rest };
  };

  test('by path, method, header, query and host; path and host are rewritten before the routes behind it match', async () => {
    const answers = await ask(HTTP_ROWS.map(([of]) => httpAsk(of)));
    const came = HTTP_ROWS.map(([of], index) => {
      const { app, status, saw } = answers[index] ?? {};
      return { of, status, app, ...seen(saw) };
    });
    const wanted = HTTP_ROWS.map(([of, { app, path, host = ROUTED } = {} as Partial<Wanted>]) => {
      return app === undefined ? { of, status: 404, ...seen() } : { of, status: 200, app, path, host };
    });
    expect(came).toEqual(wanted);
  });

  test('what chooses the virtual service inside the gateway neither comes in nor goes on', async () => {
    const [kept, plain] = await ask([
      httpAsk(withHost('/host/x', 'any.example.net')),
      httpAsk({ path: '/default/x', headers: { [SERVICE_HEADER]: PLAIN } }),
    ]);
    for (const answer of [kept, plain]) {
      expect(answer?.saw?.headers).toBeDefined();
      expect(answer?.saw?.headers).not.toHaveProperty(SERVICE_HEADER);
    }
  });

  test('HTTP/2 and gRPC on ports of their own', async () => {
    const http2 = (path: string): Ask => ({ kind: 'http2', url: `http://gate.example.com:${GATE.http2}${path}` });
    const target = `gate.example.com:${GATE.grpc}`;
    const answers = await ask([
      http2('/x'),
      http2('/v2/x'),
      { kind: 'grpc', target, path: '/shop.Cart/Add' },
      { kind: 'grpc', target, path: '/shop.CartAdmin/Add' },
      { kind: 'grpc', target, path: '/shop.Stock/Get', authority: 'calls.example.com', headers: { 'x-say': 'red' } },
      { kind: 'grpc', target, path: '/shop.Stock/Get', authority: 'calls.example.com' },
      { kind: 'grpc', target, path: '/shop.Stock/Get', headers: { 'x-say': 'red' } },
    ]);
    const UNIMPLEMENTED = 12; // what a 404 comes to in gRPC
    expect(answers.map(({ app, status, saw }) => [app, status, saw?.protocol])).toEqual([
      ['serviceb', 200, 'HTTP/2.0'],
      ['servicebv2', 200, 'HTTP/2.0'],
      ['serviceb', 0, 'gRPC'],
      [undefined, UNIMPLEMENTED, undefined],
      ['servicebv2', 0, 'gRPC'],
      [undefined, UNIMPLEMENTED, undefined],
      [undefined, UNIMPLEMENTED, undefined],
    ]);
  });

  test('a WebSocket is opened through both passes and the server’s Envoy', async () => {
    const url = (path: string) => `ws://gate.example.com:${GATE.http}${path}`;
    const answers = await ask(['/default/feed', '/value/feed'].map((path) => ({ kind: 'webSocket', url: url(path) }) as const));
    expect(answers.map(({ app, saw }) => ({ app, ...saw }))).toEqual([
      { app: 'serviceb', path: '/feed', said: 'ping' },
      { app: 'servicebv2', path: '/v2/feed', said: 'ping' },
    ]);
  });

  test('curl, too', async () => {
    const url = (port: number) => `http://gate.example.com:${port}/v2/curl`;
    for (const [version, port] of [
      ['--http1.1', GATE.http],
      ['--http2-prior-knowledge', GATE.http2],
    ] as const) {
      const { stdout } = await scenario.topology.run('out', ['curl', '-sS', '--max-time', '10', version, url(port)]);
      expect(JSON.parse(stdout)).toMatchObject({ app: 'servicebv2', path: '/v2/curl' });
      asked += 1;
    }
  });

  test('every answer came by the ingress of its server', async () => {
    const through = async (namespace: 'b' | 'b2', name: string) => {
      const stats = await scenario.envoy(namespace).stats(`^cluster\\.cds_ingress_apps_${name}_.*\\.upstream_rq_total$`);
      return Object.values(stats).reduce((sum, count) => sum + count, 0);
    };
    const from = await scenario.envoy('gw').stats('^cluster\\.cds_egress_apps_.*\\.upstream_rq_total$');
    const sent = Object.values(from).reduce((sum, count) => sum + count, 0);
    expect(sent).toBeGreaterThan(0);
    expect((await through('b', 'serviceb')) + (await through('b2', 'servicebv2'))).toBe(sent);
  });
});
