import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '@meshwright/api';
import { type LocalFleet, MemorySnapshots, MemoryStore, openLocalFleet, serveApi } from '@meshwright/local';
import { MeshWriter } from '@meshwright/model';
import { createRelay, type ProxyStatusEvent } from '@meshwright/relay';
import type { MeshSnapshot } from '@meshwright/snapshot';
import { publish } from '../relay/relayUnderTest.ts';
import { MESH, PROXY } from './content.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const setTimer = (callback: () => void, millis: number): (() => void) => {
  const timer = setTimeout(callback, millis);
  return () => clearTimeout(timer);
};

/** A control plane to which snapshots are published as they are, with no compiler and no gate before them. */
export interface UngatedControlPlane extends AsyncDisposable {
  readonly apiUrl: string;
  readonly xdsPort: number;
  readonly fleet: LocalFleet;
  put(snapshot: MeshSnapshot): Promise<void>;
  /** Answer of a path of the API. */
  get(path: string): Promise<Record<string, unknown>>;
  /** A resource of the mesh, so that there is one for what is published to be about. */
  create(path: string, body: object): Promise<void>;
}

/** Starts API, fleet and relay in this process; every Envoy is the one proxy of the hand-made content. */
export async function startUngated(onStatus: (event: ProxyStatusEvent) => void = () => {}): Promise<UngatedControlPlane> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'meshwright-fleet-')), (path) => rm(path, { recursive: true }));
  const store = new MemoryStore();
  const snapshots = new MemorySnapshots();
  const failed = (cause: unknown): void => {
    throw cause;
  };
  const fleet = openLocalFleet({ relay: 'r1', dataFolder: folder, snapshots, store, now: Date.now, setTimer, onFailure: failed });
  opened.defer(() => fleet.close());
  const relay = createRelay(
    {
      snapshots,
      endpoints: { current: () => undefined, subscribe: () => () => {} },
      authenticate: () => ({ kind: 'proxy', mesh: MESH, proxy: PROXY }),
      onStatus: (event) => {
        fleet.take(event);
        onStatus(event);
      },
      sessions: fleet.sessions,
      now: () => performance.now(),
      setTimer,
      settings: { warmUpStreams: 0 },
    },
    { random: Math.random },
  );
  opened.defer(() => relay.close(0));
  const time = { now: Date.now, monotonic: () => performance.now(), newUid: randomUUID, random: Math.random, sleep: async () => {} };
  const writer = new MeshWriter({ store, identity, ...time });
  // The compiler has nothing to say here: what is published did not come from it.
  const diagnostics = fleet.withRefusals({ diagnostics: async () => ({ revision: 1n, diagnostics: [] }) });
  const parts = { store, writer, identity, now: Date.now, newId: randomUUID, fleet: fleet.view, diagnostics };
  const api = await serveApi(createApi(parts), '127.0.0.1', 0);
  opened.defer(() => api.close());
  const apiUrl = `http://127.0.0.1:${api.port}`;
  const { port } = await relay.listen('127.0.0.1:0');
  const all = opened.move();
  return {
    apiUrl,
    xdsPort: port,
    fleet,
    put: (snapshot) => publish(snapshots, snapshot),
    get: async (path) => (await (await fetch(apiUrl + path)).json()) as Record<string, unknown>,
    async create(path, body) {
      const answer = await fetch(`${apiUrl}/v20190125${path}`, { method: 'PUT', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** The mesh that the hand-made content is said to come from. */
export async function createMesh({ create }: UngatedControlPlane): Promise<void> {
  const spec = (name: string): object => ({
    listeners: [{ portMapping: { port: 8080, protocol: 'http' } }],
    serviceDiscovery: { dns: { hostname: `${name}.local` } },
  });
  await create('/meshes', { meshName: 'apps' });
  for (const name of ['a', 'b']) await create('/meshes/apps/virtualNodes', { virtualNodeName: name, spec: spec(name) });
  await create('/meshes/apps/virtualRouters', {
    virtualRouterName: 'router',
    spec: { listeners: [{ portMapping: { port: 8080, protocol: 'http' } }] },
  });
  const action = { weightedTargets: [{ virtualNode: 'b', weight: 1 }] };
  for (const [routeName, match] of [
    ['good', { prefix: '/good' }],
    ['bad', { path: { regex: '/users/' } }],
  ] as const)
    await create('/meshes/apps/virtualRouter/router/routes', { routeName, spec: { httpRoute: { match, action } } });
  const provider = { virtualRouter: { virtualRouterName: 'router' } };
  for (const virtualServiceName of ['b.local', 'other.local'])
    await create('/meshes/apps/virtualServices', { virtualServiceName, spec: { provider } });
}
