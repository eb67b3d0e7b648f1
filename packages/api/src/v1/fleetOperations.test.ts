import { MemoryStore } from '@meshwright/local';
import { MeshWriter, type PageRequest } from '@meshwright/model';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../app.ts';
import type { FleetView, ProxyStatus, UnknownNode } from './fleet.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const PROXIES = '/v1/meshes/apps/proxies';

const session = {
  id: '1',
  nodeId: 'mesh/apps/virtualNode/a',
  address: '10.0.0.1:1',
  protocol: 'delta',
  connectedAt: '2026-01-01T00:00:00.000Z',
} as const;
const proxy: ProxyStatus = {
  ...session,
  meshName: 'apps',
  meshOwner: identity.account,
  kind: 'virtualNode',
  name: 'a',
  state: 'NOT_SENT',
  types: [],
};
const unknown: UnknownNode = { ...session, nodeId: 'nonsense', state: 'UNKNOWN', reason: 'no node id' };

let asked: PageRequest[];
let ask: (target: string, method?: string) => Promise<{ status: number; type: string | null; body: Record<string, unknown> }>;
/** The fleet of these tests: two pages. */
const fleet: FleetView = {
  async proxies(_mesh, page) {
    asked.push(page);
    return page.after === undefined ? { items: [proxy], next: 'one\n1' } : { items: [] };
  },
  async unknownNodes(page) {
    asked.push(page);
    return { items: [unknown] };
  },
};

beforeEach(async () => {
  asked = [];
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
    const { body } = await ask(`${PROXIES}?limit=1`);
    expect(body).toEqual({ proxies: [proxy], nextToken: expect.any(String) });
    expect(await ask(`/base${PROXIES}?limit=1&nextToken=${body.nextToken}`)).toMatchObject({ status: 200, body: { proxies: [] } });
    await ask(PROXIES);
    expect(asked).toEqual([{ limit: 1 }, { limit: 1, after: 'one\n1' }, { limit: 100 }]);
  });

  it('are not found where the mesh is not, forbidden where it is another account’s', async () => {
    expect(await ask('/v1/meshes/nowhere/proxies')).toMatchObject({ status: 404, type: 'NotFoundException' });
    expect(await ask(`${PROXIES}?meshOwner=999999999999`)).toMatchObject({ status: 403, type: 'ForbiddenException' });
    expect(asked).toEqual([]);
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

it('unknown nodes are listed for all meshes', async () => {
  expect((await ask('/v1/unknown-nodes')).body).toEqual({ unknownNodes: [unknown] });
});
