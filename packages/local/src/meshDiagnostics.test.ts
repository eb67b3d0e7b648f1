import { setImmediate } from 'node:timers/promises';
import { createPublisher, type PublishEvent } from '@meshwright/compiler';
import { meshStateOf } from '@meshwright/compiler/testing';
import { type MeshKey, MeshReplicas, type Resource } from '@meshwright/model';
import { beforeEach, describe, expect, it, vi } from 'vitest';
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
  publication = undefined;
  timers = [];
  await commit(...resources);
});

async function commit(...after: readonly Resource[]): Promise<void> {
  const changes = after.map((resource) => ({ ref: resource.ref, after: resource }));
  await store.commit(apps, await store.generation(apps), changes, { writeId: 'w', at: 1, author: 'a', source: 's' });
}

/** A publication that a test ends, and the wait for it that a test ends. */
let publication: PromiseWithResolvers<void> | undefined;
let timers: (() => void)[];

function lastDiagnostics(): LastDiagnostics {
  const setTimer = (callback: () => void) => {
    timers.push(callback);
    return () => void timers.splice(timers.indexOf(callback), 1);
  };
  const replicas = new MeshReplicas(store);
  return new LastDiagnostics({ replicas, snapshots, underWay: () => publication?.promise, setTimer });
}

async function publish(): Promise<PublishEvent> {
  const published = Promise.withResolvers<PublishEvent>();
  const replicas = new MeshReplicas(store);
  await createPublisher({ replicas, snapshots, now: () => 0, turn: async () => {}, onPublished: published.resolve }).publish(apps);
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

  it('is found once for questions that come together', async () => {
    const last = lastDiagnostics();
    const [first, second] = await Promise.all([last.diagnostics(apps), last.diagnostics(apps)]);
    expect(first).toBeDefined();
    expect(second).toBe(first);
  });

  it('is found in turns with others, as of when it was begun, and anew for who asks for more', async () => {
    const [node] = resources.filter(({ ref }) => ref.kind === 'virtualNode');
    if (node === undefined) throw new Error('no node');
    const nodeNamed = (name: string): Resource => ({ ...node, ref: { ...node.ref, name } }) as Resource;
    for (let from = 0; from < 990; from += 90) await commit(...Array.from({ length: 90 }, (_, number) => nodeNamed(`n${from + number}`)));
    const begun = await store.generation(apps);
    const last = lastDiagnostics();
    let isAnswered = false;
    const first = last.diagnostics(apps).finally(() => {
      isAnswered = true;
    });
    let second: Promise<unknown> | undefined;
    let turns = 0;
    for (; !isAnswered; turns++) {
      await setImmediate();
      if (turns !== 1) continue;
      await commit(nodeNamed('late'));
      second = last.diagnostics(apps);
    }
    // Two units for each node, 300 in a turn.
    expect(turns).toBeGreaterThanOrEqual(6);
    expect(await first).toMatchObject({ revision: begun, diagnostics: { length: 991 } });
    expect(await second).toMatchObject({ revision: begun + 1n, diagnostics: { length: 992 } });
  });

  it('is what a publication that is under way will find, which is not found twice', async () => {
    const last = lastDiagnostics();
    publication = Promise.withResolvers();
    const answer = last.diagnostics(apps);
    const event = await publish();
    last.published(event);
    publication.resolve();
    expect((await answer)?.diagnostics).toBe('diagnostics' in event.result && event.result.diagnostics);
    expect(timers).toEqual([]);
  });

  it('is found for the question when the publication takes too long, or comes to nothing', async () => {
    const last = lastDiagnostics();
    publication = Promise.withResolvers();
    const late = last.diagnostics(apps);
    await vi.waitUntil(() => timers.length === 1);
    timers[0]?.();
    expect(await late).toMatchObject({ revision: 1n, diagnostics: [{ code: 'unknown-backend' }] });
    await commit();
    publication = Promise.withResolvers();
    publication.resolve();
    expect(await last.diagnostics(apps)).toMatchObject({ revision: 2n, diagnostics: [{ code: 'unknown-backend' }] });
  });

  it('is nothing where there is no mesh', async () => {
    expect(await lastDiagnostics().diagnostics(NOTHING_HERE)).toBeUndefined();
  });
});
