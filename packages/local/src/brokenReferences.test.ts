import { createApi } from '@meshwright/api';
import { type MeshKey, MeshReplicas, MeshWriter, type Ref } from '@meshwright/model';
import { describe, expect, it } from 'vitest';
import { LastDiagnostics } from './meshDiagnostics.ts';
import { MemorySnapshots } from './snapshots/memorySnapshots.ts';
import { MemoryStore } from './store/memoryStore.ts';

// What the compiler tells of references that lead nowhere. The API lets no mesh come to that; a store that was brought back in part may.

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const apps: MeshKey = { owner: identity.account, mesh: 'apps' };
const LISTENERS = [{ portMapping: { port: 80, protocol: 'http' } }];
const target = (virtualServiceName: string) => ({ virtualService: { virtualServiceName } });

/** In the order in which they are created: each is referred to by a later one, but for the last three. */
const WHOLE: readonly (readonly [string, object])[] = [
  ['', { meshName: 'apps' }],
  ['/virtualNodes', { virtualNodeName: 'provider', spec: {} }],
  ['/virtualNodes', { virtualNodeName: 'target', spec: {} }],
  ['/virtualRouters', { virtualRouterName: 'router', spec: { listeners: LISTENERS } }],
  ['/virtualServices', { virtualServiceName: 'by-node', spec: { provider: { virtualNode: { virtualNodeName: 'provider' } } } }],
  ['/virtualServices', { virtualServiceName: 'by-router', spec: { provider: { virtualRouter: { virtualRouterName: 'router' } } } }],
  ['/virtualGateways', { virtualGatewayName: 'gate', spec: { listeners: LISTENERS } }],
  [
    '/virtualRouter/router/routes',
    {
      routeName: 'r',
      spec: { httpRoute: { match: { prefix: '/' }, action: { weightedTargets: [{ virtualNode: 'target', weight: 1 }] } } },
    },
  ],
  [
    '/virtualGateway/gate/gatewayRoutes',
    { gatewayRouteName: 'g', spec: { httpRoute: { match: { prefix: '/' }, action: { target: target('by-router') } } } },
  ],
];

const BROKEN: readonly { readonly gone: Ref; readonly path: string; readonly code: string; readonly at: string }[] = [
  {
    gone: { kind: 'virtualNode', mesh: 'apps', name: 'provider' },
    path: '/virtualNodes/provider',
    code: 'unknown-provider',
    at: 'by-node',
  },
  {
    gone: { kind: 'virtualRouter', mesh: 'apps', name: 'router' },
    path: '/virtualRouters/router',
    code: 'unknown-provider',
    at: 'by-router',
  },
  { gone: { kind: 'virtualNode', mesh: 'apps', name: 'target' }, path: '/virtualNodes/target', code: 'unresolved-target', at: 'r' },
  {
    gone: { kind: 'virtualService', mesh: 'apps', name: 'by-router' },
    path: '/virtualServices/by-router',
    code: 'unresolved-target',
    at: 'g',
  },
];

async function system() {
  const store = new MemoryStore();
  const replicas = new MeshReplicas(store);
  const parts = { store, identity, now: () => 0 };
  const writer = new MeshWriter({ ...parts, replicas, monotonic: () => 0, newUid: () => 'u', random: () => 0, sleep: async () => {} });
  const api = createApi({ ...parts, writer, newId: () => 'r' });
  const call = async (method: string, path: string, body?: object) => {
    const target = `/v20190125/meshes${path}`;
    const request = new Request('http://local/', { method, ...(body && { body: JSON.stringify(body) }) });
    const response = await api.fetch(request, target);
    return [response.status, response.headers.get('x-amzn-ErrorType')];
  };
  const diagnostics = async () => {
    const view = new LastDiagnostics({ replicas, snapshots: new MemorySnapshots(), underWay: () => undefined, setTimer: () => () => {} });
    return ((await view.diagnostics(apps))?.diagnostics ?? [])
      .filter(({ message }) => message.includes('here is no '))
      .map(({ code, ref }) => [code, ref.name]);
  };
  return { store, call, diagnostics };
}

describe('a reference that leads nowhere', () => {
  it('is refused when it is written, whatever comes first', async () => {
    const { call } = await system();
    const refused: unknown[] = [];
    for (const [path, body] of [...WHOLE.slice(0, 1), ...WHOLE.slice(4, 6), ...WHOLE.slice(6, 7), ...WHOLE.slice(8)]) {
      refused.push((await call('PUT', path === '' ? '' : `/apps${path}`, body))[1]);
    }
    expect(refused).toEqual([null, 'NotFoundException', 'NotFoundException', null, 'NotFoundException']);
    await call('PUT', '/apps/virtualRouters', WHOLE[3]?.[1]);
    expect(await call('PUT', '/apps/virtualRouter/router/routes', WHOLE[7]?.[1])).toEqual([404, 'NotFoundException']);
  });

  it.each(BROKEN)('cannot come from deleting $path; in a store brought back in part it is $code', async ({ gone, path, code, at }) => {
    const { store, call, diagnostics } = await system();
    for (const [under, body] of WHOLE) {
      expect(await call('PUT', under === '' ? '' : `/apps${under}`, body), under).toEqual([200, null]);
    }
    expect(await diagnostics()).toEqual([]);
    expect(await call('DELETE', `/apps${path}`)).toEqual([409, 'ResourceInUseException']);
    const request = { writeId: 'w', at: 1, author: 'a', source: 's' };
    await store.commit(apps, await store.generation(apps), [{ ref: gone }], request);
    expect(await diagnostics()).toEqual([[code, at]]);
  });
});
