import { createPublisher, type PublishEvent } from '@meshwright/compiler';
import { meshStateOf } from '@meshwright/compiler/testing';
import { type MeshKey, MeshReplicas, type Resource } from '@meshwright/model';
import { beforeEach, describe, expect, it } from 'vitest';
import { LastDiagnostics } from './meshDiagnostics.ts';
import { MemorySnapshots } from './snapshots/memorySnapshots.ts';
import { MemoryStore } from './store/memoryStore.ts';

const spec = {
  listeners: [{ portMapping: { port: 80, protocol: 'http' } }],
  serviceDiscovery: { dns: { hostname: 'a.local' } },
  backends: [{ virtualService: { virtualServiceName: 'nowhere.local' } }],
};
const { mesh: apps, resources } = meshStateOf([
  { kind: 'mesh', name: 'apps' },
  { kind: 'virtualNode', name: 'a', spec },
]);
const NOTHING_HERE: MeshKey = { ...apps, mesh: 'nowhere' };

let store: MemoryStore;
let snapshots: MemorySnapshots;
beforeEach(async () => {
  store = new MemoryStore();
  snapshots = new MemorySnapshots();
  await commit(...resources);
});

async function commit(...after: readonly Resource[]): Promise<void> {
  const changes = after.map((resource) => ({ ref: resource.ref, after: resource }));
  await store.commit(apps, await store.generation(apps), changes, { writeId: 'w', at: 1, author: 'a', source: 's' });
}

function lastDiagnostics(): LastDiagnostics {
  return new LastDiagnostics({ replicas: new MeshReplicas(store), snapshots });
}

async function publish(): Promise<PublishEvent> {
  const published = Promise.withResolvers<PublishEvent>();
  const replicas = new MeshReplicas(store);
  await createPublisher({ replicas, snapshots, now: () => 0, onPublished: published.resolve }).publish(apps);
  return published.promise;
}

/** The mesh's node as no release could have stored it: the compiler trips over it. */
function broken(): Resource {
  const node = resources.find(({ ref }) => ref.kind === 'virtualNode');
  return { ...node, spec: { listeners: 5 } } as unknown as Resource;
}

function failing(consequence: string): object {
  const told = { code: 'not-compiled', message: expect.stringContaining(consequence) };
  return { revision: 2n, diagnostics: expect.arrayContaining([expect.objectContaining(told)]) };
}

describe('what is wrong in a mesh', () => {
  it('is what its last publication found, as long as that is of the newest state', async () => {
    const last = lastDiagnostics();
    const event = await publish();
    last.published(event);
    const first = await last.diagnostics(apps);
    expect(first).toMatchObject({ revision: 1n, diagnostics: [{ code: 'unknown-backend' }] });
    // Taken over and not found again.
    expect(first?.diagnostics).toBe('diagnostics' in event.result && event.result.diagnostics);
    await commit();
    expect(await last.diagnostics(apps)).toEqual({ ...first, revision: 2n });
  });

  it('is found for the question where nothing was published, once for each state', async () => {
    const last = lastDiagnostics();
    const first = await last.diagnostics(apps);
    expect(first).toMatchObject({ revision: 1n, diagnostics: [{ code: 'unknown-backend' }] });
    expect(await last.diagnostics(apps)).toBe(first);
  });

  it('tells after a restart, too, that a proxy keeps what it had', async () => {
    await publish();
    await commit(broken());
    expect(await lastDiagnostics().diagnostics(apps)).toEqual(failing('its proxy keeps what it had'));
    await publish();
    expect(await lastDiagnostics().diagnostics(apps)).toEqual(failing('its proxy keeps what it had'));
  });

  it('tells where nothing is served that a proxy has nothing', async () => {
    await commit(broken());
    expect(await lastDiagnostics().diagnostics(apps)).toEqual(failing('its proxy is not served'));
  });

  it('is nothing where there is no mesh', async () => {
    expect(await lastDiagnostics().diagnostics(NOTHING_HERE)).toBeUndefined();
  });
});
