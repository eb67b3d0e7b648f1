import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiRequestEvent } from '@meshwright/api';
import type { PublishEvent } from '@meshwright/compiler';
import { meshId, quotaProfiles } from '@meshwright/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSample } from './sample.ts';
import { type LocalOptions, startLocal } from './server.ts';
import { FileSnapshots } from './snapshots/fileSnapshots.ts';
import { SqliteStore } from './store/sqliteStore.ts';

const apps = { owner: '123456789012', mesh: 'apps' };

let dataFolder: string;
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'meshwright-server-'));
});
afterEach(() => rm(dataFolder, { recursive: true }));

const start = (options: Partial<LocalOptions> = {}) => startLocal({ apiPort: 0, xdsPort: 0, dataFolder, ...options });

describe('a local control plane', () => {
  it('publishes what the API accepts, and keeps both over a restart', async () => {
    const first = await start();
    await loadSample(first.apiUrl);
    await first.close();
    const head = await (await FileSnapshots.open(join(dataFolder, 'snapshots'))).head(meshId(apps));
    expect(head?.latest.version.n).toBe(7n);
    const second = await start();
    const described = await fetch(`${second.apiUrl}/v20190125/meshes/apps/virtualRouter/serviceb-router/routes/serviceb-route`);
    expect(await described.json()).toMatchObject({ routeName: 'serviceb-route', metadata: { version: 1 } });
    await second.close();
  });

  it('tells after a restart what stands in meshes of which nothing is to be published', async () => {
    const first = await start();
    expect(first.meshCount).toBe(0);
    await loadSample(first.apiUrl);
    const path = '/v20190125/meshes/apps/virtualNodes';
    const virtualNodeName = 'wrong';
    const spec = { listeners: [], serviceDiscovery: { dns: { hostname: 'a..b' } } };
    await fetch(`${first.apiUrl}${path}`, { method: 'PUT', body: JSON.stringify({ virtualNodeName, spec }) });
    await first.close();
    await (await start()).close();
    const standing = Promise.withResolvers<unknown>();
    const second = await start({ onStanding: (mesh, found) => standing.resolve({ mesh, ...found }) });
    expect(second.meshCount).toBe(1);
    expect(await standing.promise).toMatchObject({ mesh: apps, revision: 8n, diagnostics: [{ code: 'unresolvable-name' }] });
    await second.close();
  });

  it('does not tell what is wrong in meshes of another account, but that there are some', async () => {
    const first = await start();
    await loadSample(first.apiUrl);
    await first.close();
    const told: unknown[] = [];
    const other = await start({ identity: { account: '210987654321' }, onStanding: (mesh) => told.push(mesh) });
    expect(other).toMatchObject({ meshCount: 0, notServed: { accounts: [{ account: apps.owner, meshCount: 1 }], regions: [] } });
    await other.close();
    expect(told).toEqual([]);
  });

  it('keeps the log as long as it is told', async () => {
    await (await start()).close();
    const before = SqliteStore.open(join(dataFolder, 'mesh.db'));
    await before.commit(apps, 0n, [], { writeId: 'w', at: Date.now() - 2 * 86_400_000, author: 'tests', source: 'Test' });
    before.close();
    const server = await start({ logRetentionDays: 1 });
    await loadSample(server.apiUrl);
    await server.close();
    const after = SqliteStore.open(join(dataFolder, 'mesh.db'));
    expect(await after.changesSince(apps, 0n)).toBeUndefined();
    expect(await after.changesSince(apps, 1n)).toHaveLength(7);
    after.close();
  });

  it('loads the sample once, and leaves what became of it alone', async () => {
    const requests: ApiRequestEvent[] = [];
    const server = await start({ onRequest: (event) => requests.push(event) });
    expect(await loadSample(server.apiUrl)).toBe('created');
    requests.length = 0;
    expect(await loadSample(server.apiUrl)).toBe('there');
    expect(requests.map(({ operation, status }) => `${operation} ${status}`)).toEqual(['ListMeshes 200', 'ListVirtualNodes 200']);
    const { virtualNodes } = (await (await fetch(`${server.apiUrl}/v20190125/meshes/apps/virtualNodes`)).json()) as {
      virtualNodes: object[];
    };
    expect(virtualNodes).toHaveLength(3);
    await server.close();
  });

  it('holds meshes and what is in them to its quotas', async () => {
    const server = await start({ quotas: { ...quotaProfiles.generous, meshesPerAccount: 1, virtualNodesPerMesh: 0 } });
    const create = async (path: string, body: object): Promise<unknown> => {
      const { status, headers } = await fetch(`${server.apiUrl}/v20190125/meshes${path}`, { method: 'PUT', body: JSON.stringify(body) });
      return [status, headers.get('x-amzn-errortype')];
    };
    expect(await create('', { meshName: 'one' })).toEqual([200, null]);
    expect(await create('', { meshName: 'two' })).toEqual([400, 'LimitExceededException']);
    expect(await create('/one/virtualNodes', { virtualNodeName: 'n', spec: {} })).toEqual([400, 'LimitExceededException']);
    await server.close();
  });

  it('publishes at its start what was committed and not published before', async () => {
    const server = await start();
    await server.close();
    const store = SqliteStore.open(join(dataFolder, 'mesh.db'));
    await store.commit(apps, 0n, [], { writeId: 'w', at: 1, author: 'a', source: 's' });
    store.close();
    const published: PublishEvent[] = [];
    await (await start({ onPublished: (event) => published.push(event) })).close();
    expect(published).toMatchObject([{ mesh: apps, result: { kind: 'published', version: { n: 1n } } }]);
    published.length = 0;
    await (await start({ onPublished: (event) => published.push(event) })).close();
    expect(published).toEqual([]);
  });

  it('closes once, whoever asks how often', async () => {
    const server = await start();
    await Promise.all([server.close(), server.close()]);
    await server.close();
    await expect(fetch(server.apiUrl)).rejects.toThrow();
  });

  it('lets a request that is under way finish before it closes', async () => {
    const server = await start();
    const body = '{"meshName":"apps"}';
    const headers = { 'content-length': body.length, expect: '100-continue' };
    const asked = request(`${server.apiUrl}/v20190125/meshes`, { method: 'PUT', headers });
    asked.flushHeaders();
    // The server has the request, and waits for its body.
    await once(asked, 'continue');
    const closed = server.close();
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(200);
    await closed;
  });
});
