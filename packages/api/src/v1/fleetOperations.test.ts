import { MemoryStore } from '@meshwright/local';
import { MeshWriter } from '@meshwright/model';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../app.ts';
import type { FleetView, ProxyDetails, ProxyStatus, UnknownNode } from './fleet.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const PROXIES = '/v1/meshes/apps/proxies';

const session = {
  id: '1',
  nodeId: 'mesh/apps/virtualNode/a',
  relay: 'r1',
  address: '10.0.0.1:1',
  protocol: 'delta',
  connectedAt: '2026-01-01T00:00:00.000Z',
} as const;
const served = { ...session, meshName: 'apps', meshOwner: identity.account, kind: 'virtualNode', name: 'a' } as const;
/** A proxy without what happened to it. */
const proxy: ProxyStatus = { ...served, state: 'NOT_SENT', types: [] };
const exchange = { version: 'v1', snapshotVersion: '1.1.1', at: session.connectedAt };
const acked = { state: 'SYNCED', acked: { ...exchange, millis: 1 } } as const;
const events: ProxyDetails['events'] = [{ at: session.connectedAt, kind: 'connected' }];
const unknown: UnknownNode = { ...session, nodeId: 'nonsense', state: 'UNKNOWN', reason: 'no node id' };

let proxies: ProxyStatus[];
let nextNews: (() => void) | undefined;
let watched: number[];
let ask: (target: string, method?: string) => Promise<{ status: number; type: string | null; body: Record<string, unknown> }>;
const fleet: FleetView = {
  proxies: async () => proxies,
  proxy: async (_mesh, id) => proxies.filter((one) => one.id === id).map((one) => ({ ...one, events })),
  unknownNodes: async () => [unknown],
  served: async () => ({ revision: 2n, version: (_proxy, type) => (type === 'RDS' ? undefined : 'v1') }),
  watch(_mesh, millis) {
    watched.push(millis);
    return {
      changed: () => {
        const { promise, resolve } = Promise.withResolvers<boolean>();
        nextNews === undefined ? resolve(false) : resolve(true);
        nextNews?.();
        nextNews = undefined;
        return promise;
      },
      [Symbol.dispose]: () => watched.push(-1),
    };
  },
};
const details = (more: Partial<ProxyStatus> = {}): ProxyStatus => ({ ...proxy, ...more });

beforeEach(async () => {
  proxies = [details()];
  watched = [];
  nextNews = undefined;
  ask = serve(fleet);
  await ask('/v20190125/meshes', 'PUT');
});

function serve(served?: FleetView): typeof ask {
  let ids = 0;
  const parts = { store: new MemoryStore(), identity, now: () => 0 };
  const writer = new MeshWriter({ ...parts, monotonic: () => 0, newUid: () => `u${++ids}`, random: () => 0, sleep: async () => {} });
  const api = createApi({ ...parts, writer, newId: () => `r${++ids}`, ...(served && { fleet: served }) });
  return async (target, method = 'GET') => {
    const body = method === 'PUT' ? { body: '{"meshName":"apps"}' } : {};
    const response = await api.fetch(new Request('http://local/', { method, ...body }), target);
    return {
      status: response.status,
      type: response.headers.get('x-amzn-ErrorType'),
      body: (await response.json()) as Record<string, unknown>,
    };
  };
}

describe('proxies of a mesh', () => {
  it('are listed page by page, below any base path', async () => {
    proxies = [details({ id: '2' }), details(), details({ id: '2', relay: 'r2' })];
    const { body } = await ask(`${PROXIES}?limit=2`);
    expect(body).toEqual({ proxies: [proxy, { ...proxy, id: '2' }], nextToken: expect.any(String) });
    expect(await ask(`/base${PROXIES}?limit=2&nextToken=${body.nextToken}`)).toMatchObject({
      status: 200,
      body: { proxies: [{ ...proxy, id: '2', relay: 'r2' }] },
    });
    expect((await ask(`${PROXIES}?limit=3`)).body).not.toHaveProperty('nextToken');
  });

  it('are not found where the mesh is not, forbidden where it is another account’s', async () => {
    expect(await ask('/v1/meshes/nowhere/proxies')).toMatchObject({ status: 404, type: 'NotFoundException' });
    expect(await ask(`${PROXIES}?meshOwner=999999999999`)).toMatchObject({ status: 403, type: 'ForbiddenException' });
  });

  it('are chosen by state, kind, name, relay and version of Envoy, the latter to a dot', async () => {
    proxies = [
      details({ id: '1', state: 'REJECTED', envoyVersion: '1.40.1' }),
      details({ id: '2', kind: 'virtualGateway', relay: 'r2', envoyVersion: '1.4.0' }),
      details({ id: '3', name: 'b', state: 'OFFLINE' }),
    ];
    const ids = async (query: string) => ((await ask(`${PROXIES}?${query}`)).body.proxies as ProxyStatus[]).map(({ id }) => id);
    expect(await ids('state=REJECTED')).toEqual(['1']);
    expect(await ids('kind=virtualGateway')).toEqual(['2']);
    expect(await ids('name=b&state=OFFLINE')).toEqual(['3']);
    expect(await ids('relay=r2')).toEqual(['2']);
    expect(await ids('envoyVersion=1.40')).toEqual(['1']);
    expect(await ids('envoyVersion=1.4.0')).toEqual(['2']);
    expect(await ids('name=b&state=SYNCED')).toEqual([]);
  });

  it.each([
    [
      'state=synced',
      'state is "synced" but must be one of SYNCED, STALE, REJECTED, NOT_SENT, ORPHANED, OFFLINE: correct it or leave it out for all.',
    ],
    ['kind=route', 'kind is "route" but must be one of virtualNode, virtualGateway: correct it or leave it out for all.'],
    ['envoyVersion=', 'envoyVersion is "" but must not be empty: name one or leave it out for all.'],
  ])('are refused with %s: field, value, rule and fix', async (query, message) => {
    expect(await ask(`${PROXIES}?${query}`)).toMatchObject({ status: 400, body: { message } });
  });

  it('are told of one by one with what happened; the open stream of one that has several', async () => {
    proxies = [
      details({ disconnectedAt: '2026-01-03T00:00:00.000Z', connectedAt: '2026-01-02T00:00:00.000Z' }),
      details({ address: 'open' }),
    ];
    expect((await ask(`${PROXIES}/1`)).body).toEqual({ proxy: { ...details({ address: 'open' }), events } });
    expect(await ask(`${PROXIES}/none`)).toMatchObject({
      status: 404,
      type: 'NotFoundException',
      body: { message: 'Mesh "apps" has no proxy "none": take an id from GET /v1/meshes/apps/proxies.' },
    });
    expect(await ask('/v1/meshes/nowhere/proxies/1')).toMatchObject({ status: 404 });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'nextToken=x'])('are refused with %s', async (query) => {
    expect(await ask(`${PROXIES}?${query}`)).toMatchObject({ status: 400, type: 'BadRequestException' });
    expect(await ask(`/v1/unknown-nodes?${query}`)).toMatchObject({ status: 400, type: 'BadRequestException' });
  });

  it('are read, and nothing else', async () => {
    expect(await ask(PROXIES, 'DELETE')).toMatchObject({ status: 405, type: 'UnknownOperationException' });
  });

  it('have no path where nothing is known of proxies', async () => {
    const without = serve();
    await without('/v20190125/meshes', 'PUT');
    expect(await without(PROXIES)).toMatchObject({ status: 404, type: 'UnknownOperationException' });
  });
});

describe('delivery of a revision', () => {
  const DELIVERY = '/v1/meshes/apps/revisions/1/delivery';
  const synced: ProxyStatus['types'] = [
    { type: 'CDS', ...acked },
    { type: 'LDS', ...acked },
    { type: 'RDS', state: 'NOT_SENT' },
  ];

  it('counts by what each proxy acknowledged, and names those that lag behind', async () => {
    const rejected: ProxyStatus['types'] = [
      { type: 'CDS', ...acked },
      { type: 'LDS', state: 'REJECTED', rejected: { ...exchange, message: 'no', causes: [] } },
    ];
    proxies = [
      details({ types: synced }),
      details({ id: '2', state: 'OFFLINE', reason: 'cut' }),
      details({ id: '3', types: [{ type: 'CDS', ...acked }] }),
      details({ id: '4', types: rejected }),
      details({ id: '5', state: 'ORPHANED' }),
    ];
    const { relay, nodeId, kind, name } = proxy;
    const who = { relay, nodeId, kind, name };
    expect((await ask(DELIVERY)).body).toEqual({
      revision: 1,
      published: true,
      acked: 1,
      pending: 1,
      rejected: 1,
      offline: 1,
      laggards: [
        { ...who, id: '4', state: 'rejected', type: 'LDS', reason: 'no' },
        { ...who, id: '3', state: 'pending', type: 'LDS' },
        { ...who, id: '2', state: 'offline', reason: 'cut' },
      ],
    });
    expect(watched).toEqual([]);
  });

  it('waits until nobody is pending, and ends its watch', async () => {
    nextNews = () => {
      proxies = [details({ types: synced })];
    };
    expect((await ask(`${DELIVERY}?wait=30s`)).body).toMatchObject({ acked: 1, pending: 0 });
    expect(watched).toEqual([30_000, -1]);
  });

  it('is answered as it is when the time is over', async () => {
    expect((await ask(`${DELIVERY}?wait=250ms`)).body).toMatchObject({ acked: 0, pending: 1 });
    expect(watched).toEqual([250, -1]);
  });

  it.each(['30', '61s', '-1s', '1m', '', '0.5s', '9999999ms'])('is refused with wait=%s', async (wait) => {
    expect(await ask(`${DELIVERY}?wait=${wait}`)).toMatchObject({
      status: 400,
      body: {
        message: `wait is "${wait}" but must be whole seconds or milliseconds up to 60s, such as 30s or 500ms: correct it or leave it out to be answered at once.`,
      },
    });
  });

  it.each(['0', '-1', 'x', '1.5', '9999999999999999999'])('has no revision %s', async (revision) => {
    expect(await ask(`/v1/meshes/apps/revisions/${revision}/delivery`)).toMatchObject({ status: 400 });
  });

  it('is not found of a revision or mesh that is not there (yet)', async () => {
    expect(await ask('/v1/meshes/apps/revisions/2/delivery')).toMatchObject({
      status: 404,
      body: { message: 'revision is 2 but mesh "apps" is at 1: ask for one from 1 to 1.' },
    });
    expect(await ask('/v1/meshes/nowhere/revisions/1/delivery')).toMatchObject({ status: 404 });
    expect(await ask('/v1/meshes/apps/revisions/1/delivery?meshOwner=999999999999')).toMatchObject({ status: 403 });
  });
});

it.each([
  [PROXIES, 'state, kind, name, relay, envoyVersion, limit, nextToken, meshOwner'],
  [`${PROXIES}/1`, 'meshOwner'],
  ['/v1/meshes/apps/revisions/1/delivery', 'wait, meshOwner'],
  ['/v1/unknown-nodes', 'limit, nextToken'],
])('%s refuses parameters it does not know, and names those it does', async (path, known) => {
  expect(await ask(`${path}?stat=SYNCED`)).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(new RegExp(`^"stat" is no query parameter of \\w+, which has ${known}: correct it`)) },
  });
});

it.each(['/v1', '/v1/unknown'])('%s is answered with the paths there are', async (path) => {
  expect(await ask(path)).toMatchObject({
    status: 404,
    body: { message: expect.stringContaining('It has /v1/meshes/{meshName}/proxies, /v1/meshes/{meshName}/proxies/{id}, ') },
  });
});

it('unknown nodes are listed for all meshes', async () => {
  expect((await ask('/v1/unknown-nodes')).body).toEqual({ unknownNodes: [unknown] });
});
