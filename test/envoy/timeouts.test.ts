import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { DIRECTIONS } from '../netns/app/script.ts';
import type { Answer, Ask } from '../netns/ask.ts';
import { type Call, meshCalls, sharesOf } from '../netns/calls.ts';
import { describeScenario } from '../netns/eachProtocol.ts';
import { addressOf, type Namespace, PORTS } from '../netns/network.ts';
import { type Scenario, startScenario } from '../netns/scenario.ts';
import { startApp } from '../netns/topology.ts';

const apps = meshCalls('apps');
const http = { protocol: 'http', port: PORTS.http } as const;
const grpc = { protocol: 'grpc', port: PORTS.grpc } as const;
const tcp = { protocol: 'tcp', port: PORTS.tcp } as const;
/** Nobody listens there. */
const CLOSED_PORT = 9999;
const SERVICES = ['http', 'grpc', 'tcp'].map((name) => `${name}.apps.local`);

const OFF = { value: 0, unit: 's' };
/** App Mesh wants one with each policy; this one never comes to be. */
const AMPLE = { perRetryTimeout: { value: 15, unit: 's' } };
const HALF_A_SECOND = { value: 500, unit: 'ms' };
/** Envoy's own limit of a request, which App Mesh left as it is. */
const DEFAULT_MILLIS = 15_000;

/** Retry policies by the first part of the path; all lead to `serviceb` unless told. */
const RETRIES: Readonly<Record<string, { readonly policy?: object; readonly to?: string }>> = {
  default: {},
  none: { policy: { maxRetries: 0, httpRetryEvents: ['server-error'] } },
  'server-error': { policy: { maxRetries: 3, httpRetryEvents: ['server-error'] } },
  'gateway-error': { policy: { maxRetries: 1, httpRetryEvents: ['gateway-error'] } },
  'client-error': { policy: { maxRetries: 2, httpRetryEvents: ['client-error'] } },
  // What breaks off behind a sidecar is a 503 by the time it reaches the client's.
  'stream-error': { policy: { maxRetries: 2, httpRetryEvents: ['stream-error'] }, to: 'outside' },
  'default-outside': { to: 'outside' },
  'per-try': { policy: { maxRetries: 2, httpRetryEvents: ['stream-error'], perRetryTimeout: HALF_A_SECOND } },
  'connection-error': { policy: { maxRetries: 3, tcpRetryEvents: ['connection-error'] }, to: 'closed' },
};

/** What fails how often, what the client is answered, and how many attempts reach the application. */
const HTTP_ROWS: readonly (readonly [path: string, fails: string, status: number, attempts: number])[] = [
  ['default', '503x1', 200, 2],
  ['default', '503x2', 200, 3],
  ['default', '503x3', 503, 3],
  ['default', '500x1', 500, 1],
  ['default', '502x1', 502, 1],
  ['default', '409x1', 409, 1],
  ['default-outside', 'resetx2', 200, 3],
  ['none', '503x1', 503, 1],
  ['server-error', '500x3', 200, 4],
  ['server-error', '511x1', 200, 2],
  ['server-error', '507x9', 507, 4],
  ['server-error', '409x1', 409, 1],
  ['gateway-error', '502x1', 200, 2],
  ['gateway-error', '504x1', 200, 2],
  ['gateway-error', '503x2', 503, 2],
  ['gateway-error', '500x1', 500, 1],
  ['client-error', '409x2', 200, 3],
  ['client-error', '404x1', 404, 1],
  ['client-error', '503x1', 503, 1],
  ['stream-error', 'resetx2', 200, 3],
  ['stream-error', 'resetx9', 503, 3],
  ['stream-error', '500x1', 500, 1],
];

/** The same for calls, with codes of gRPC: 1 cancelled, 8 resource exhausted, 13 internal, 14 unavailable. */
const CALL_ROWS: readonly (readonly [path: string, fails: string, status: number, attempts: number])[] = [
  ['/shop.Stock/Get', '14x2', 0, 3],
  ['/shop.Stock/Get', '14x9', 14, 3],
  ['/shop.Stock/Get', '13x1', 13, 1],
  ['/shop.Cart/Add', '13x1', 0, 2],
  ['/shop.Cart/Add', '1x2', 1, 2],
  ['/shop.Cart/Add', '8x1', 8, 1],
  ['/shop.Cart/Add', '14x1', 14, 1],
];

/** Time limits by the first part of the path. */
const LIMITS = {
  limited: { timeout: { perRequest: HALF_A_SECOND }, to: 'serviceb' },
  unlimited: { timeout: { perRequest: OFF }, to: 'serviceb' },
  idle: { timeout: { perRequest: OFF, idle: HALF_A_SECOND }, to: 'serviceb' },
  listener: { timeout: { perRequest: OFF }, to: 'servicebv2' },
} as const;

function calls(): readonly Call[] {
  const router = (listener: typeof http | typeof grpc | typeof tcp) => [
    apps.router(listener.protocol, listener),
    apps.service(`${listener.protocol}.apps.local`, { router: listener.protocol }),
  ];
  const node = (name: string, listeners: Parameters<typeof apps.node>[1]['listeners'], host = name) =>
    apps.node(name, { hostname: `${host}.apps.local`, listeners });
  const to = (server: string) => sharesOf({ [server]: 1 }, server === 'closed' ? CLOSED_PORT : PORTS.http);
  const call = (match: object, rest: object) => ({ grpcRoute: { match, action: sharesOf({ serviceb: 1 }, PORTS.grpc), ...rest } });
  const events = { ...AMPLE, maxRetries: 1, grpcRetryEvents: ['internal', 'cancelled'] };
  return [
    apps.mesh(),
    apps.node('servicea', { hostname: 'servicea.apps.local', listeners: [], backends: SERVICES }),
    // The sidecar of the server has a limit of its own, 15 s unless told.
    node('serviceb', [{ ...http, timeout: { http: { perRequest: OFF } } }, { ...grpc, timeout: { grpc: { perRequest: OFF } } }, tcp]),
    node('servicebv2', [{ ...http, timeout: { http: { perRequest: HALF_A_SECOND } } }]),
    node('outside', [http]),
    node('closed', [{ ...http, port: CLOSED_PORT }], 'outside'),
    ...router(http),
    ...Object.entries(RETRIES).map(([name, { policy, to: server = 'serviceb' }]) => {
      const retry = policy && { retryPolicy: { ...AMPLE, ...policy } };
      return apps.route('http', name, { httpRoute: { match: { prefix: `/${name}/` }, action: to(server), ...retry } });
    }),
    ...Object.entries(LIMITS).map(([name, { timeout, to: server }]) =>
      apps.route('http', name, { httpRoute: { match: { prefix: `/${name}/` }, action: to(server), timeout } }),
    ),
    ...router(grpc),
    apps.route('grpc', 'default', call({}, {})),
    apps.route('grpc', 'events', call({ serviceName: 'shop.Cart', methodName: 'Add' }, { retryPolicy: events })),
    apps.route('grpc', 'limited', call({ serviceName: 'shop.Cart', methodName: 'List' }, { timeout: { perRequest: HALF_A_SECOND } })),
    ...router(tcp),
    apps.route('tcp', 'idle', { tcpRoute: { action: sharesOf({ serviceb: 1 }, PORTS.tcp), timeout: { idle: HALF_A_SECOND } } }),
  ];
}

describeScenario('retries and time limits', ['sotw', 'delta'], (protocol) => {
  let scenario: Scenario;
  let asked = 0;

  beforeAll(async () => {
    const names = Object.fromEntries([...SERVICES, 'outside.apps.local'].map((name) => [name, [addressOf('out')]]));
    const node = (name: string) => `mesh/apps/virtualNode/${name}`;
    scenario = await startScenario({
      protocol,
      names,
      calls: calls(),
      proxies: { a: node('servicea'), b: node('serviceb'), b2: node('servicebv2') },
    });
    await startApp(scenario.topology, 'out', 'outside');
  });
  afterAll(async () => {
    await scenario?.close();
    process.stdout.write(`\nretries and time limits, ${protocol}: ${asked} requests\n`);
  });

  const ask = (asks: readonly Ask[], together = false): Promise<readonly Answer[]> => {
    asked += asks.length;
    return scenario.ask('a', asks, { together });
  };
  const get = (path: string, headers: Readonly<Record<string, string>>): Ask => {
    return { kind: 'http', url: `http://http.apps.local:${PORTS.http}${path}`, headers };
  };
  const call = (path: string, headers: Readonly<Record<string, string>>): Ask => {
    return { kind: 'grpc', target: `grpc.apps.local:${PORTS.grpc}`, path, headers };
  };
  /** Attempts that reached the application in this namespace, by its own account, which no Envoy passes on. */
  const reached = async (namespace: Namespace, keys: readonly string[]) => {
    const count = (key: string): Ask => ({ kind: 'http', url: `http://127.0.0.1:${PORTS.http}/`, headers: { [DIRECTIONS.count]: key } });
    return (await scenario.ask(namespace, keys.map(count))).map(({ attempts }) => attempts);
  };
  const failing = (fails: string, key: string) => ({ [DIRECTIONS.fail]: fails, [DIRECTIONS.key]: key });
  const stat = async (namespace: 'a' | 'b' | 'b2', name: string) => (await scenario.envoy(namespace).stats(`^${name}$`))[name] ?? 0;
  const egress = (server: string, name: string, port: number = PORTS.http) =>
    stat('a', `cluster.cds_egress_apps_${server}_http_${port}.${name}`);

  test('HTTP: what is retried, and how often it is tried', async () => {
    const rows = HTTP_ROWS.map(([path, fails, status, attempts], index) => ({ path, fails, status, attempts, key: `http ${index}` }));
    const answers = await ask(
      rows.map(({ path, fails, key }) => get(`/${path}/`, failing(fails, key))),
      true,
    );
    const keys = rows.map(({ key }) => key);
    const [within, outside] = [await reached('b', keys), await reached('out', keys)];
    const came = rows.map((row, index) => {
      const { to } = RETRIES[row.path] ?? {};
      return { ...row, status: answers[index]?.status, attempts: (to === undefined ? within : outside)[index] };
    });
    expect(came).toEqual(rows);
  });

  test('gRPC: by codes of its own', async () => {
    const rows = CALL_ROWS.map(([path, fails, status, attempts], index) => ({ path, fails, status, attempts, key: `grpc ${index}` }));
    const answers = await ask(
      rows.map(({ path, fails, key }) => call(path, failing(fails, key))),
      true,
    );
    const attempts = await reached(
      'b',
      rows.map(({ key }) => key),
    );
    expect(rows.map((row, index) => ({ ...row, status: answers[index]?.status, attempts: attempts[index] }))).toEqual(rows);
  });

  test('each try has its own time limit; a connection that is refused is tried again', async () => {
    const [slow, refused] = await ask([
      get('/per-try/', { [DIRECTIONS.hold]: 'per try', [DIRECTIONS.key]: 'per try' }),
      get('/connection-error/', {}),
    ]);
    expect(slow).toMatchObject({ status: 504 });
    expect(await reached('b', ['per try'])).toEqual([3]);
    expect(refused).toMatchObject({ status: 503 });
    expect(await egress('closed', 'upstream_cx_connect_fail', CLOSED_PORT)).toBe(4);
  });

  // It lasts for those 15 s: once is enough where time is short.
  const lasting = test.runIf(protocol === 'sotw' || inject('effort') > 1);
  lasting('a request has the time its route gives it, 15 s unless told, and what the server’s own listener gives it', async () => {
    const hold = (key: string) => ({ [DIRECTIONS.hold]: key, [DIRECTIONS.key]: key });
    const before = { b: await egress('serviceb', 'upstream_rq_timeout'), b2: await egress('servicebv2', 'upstream_rq_timeout') };
    let isUnlimitedOver = false;
    const unlimited = ask([get('/unlimited/', hold('unlimited'))]).finally(() => {
      isUnlimitedOver = true;
    });
    const paths = ['limited', 'idle', 'listener', 'default'] as const;
    const answers = await ask(
      [
        ...paths.map((path) => get(`/${path}/`, hold(path))),
        call('/shop.Cart/List', hold('call limited')),
        { kind: 'tcp', host: 'tcp.apps.local', port: PORTS.tcp, waitForEnd: true },
      ],
      true,
    );
    const [limited, idle, listener, byDefault, callLimited, connection] = answers;
    for (const answer of [limited, idle, listener, byDefault]) expect(answer).toMatchObject({ status: 504 });
    expect(callLimited).toMatchObject({ status: 14 });
    expect(connection).toMatchObject({ app: 'serviceb' });
    expect(connection).not.toHaveProperty('error');
    expect(byDefault?.ended).toBe(answers.length - 1);
    expect(byDefault?.millis).toBeGreaterThan(DEFAULT_MILLIS - 100); // timers of two processes are not of one mind about the last millisecond
    expect(isUnlimitedOver).toBe(false);
    await scenario.ask('b', [{ kind: 'http', url: `http://127.0.0.1:${PORTS.http}/`, headers: { [DIRECTIONS.release]: 'unlimited' } }]);
    expect(await unlimited).toMatchObject([{ app: 'serviceb', status: 200 }]);

    // Whose limit it was; and none of these was tried again.
    expect((await egress('serviceb', 'upstream_rq_timeout')) - before.b).toBe(2);
    expect((await egress('servicebv2', 'upstream_rq_timeout')) - before.b2).toBe(0);
    expect(await stat('b2', `cluster.cds_ingress_apps_servicebv2_http_${PORTS.http}.upstream_rq_timeout`)).toBe(1);
    expect(await stat('a', 'http.egress.downstream_rq_idle_timeout')).toBe(1);
    expect(await reached('b', ['limited', 'idle', 'default', 'call limited', 'unlimited'])).toEqual([1, 1, 1, 1, 1]);
    expect(await reached('b2', ['listener'])).toEqual([1]);
  });
});
