import { type LogRow, MeshError, MeshReplicas, type MeshState, type Resource } from '@meshwright/model';
import {
  checkConsistency,
  encodeSnapshot,
  type Head,
  type MeshSnapshot,
  type ProxySnapshot,
  type Published,
  type PublishOutcome,
  SnapshotUnreadable,
  typeVersion,
} from '@meshwright/snapshot';
import { describe, expect, test } from 'vitest';
import { COMPILER_BUILD } from './build.ts';
import { compile } from './compile.ts';
import { createPublisher, type PublishEvent, type Publisher } from './publish.ts';
import { meshStateOf, type WrittenResource } from './testing/index.ts';

const KEY = { owner: '123456789012', mesh: 'apps' };
const MESH: WrittenResource = { kind: 'mesh', name: 'apps' };
const NODE: WrittenResource = { kind: 'virtualNode', name: 'a' };

/** One mesh's state, published heads, and a way to hold the publisher at either. */
class Fixture {
  state: MeshState | undefined = meshStateOf([MESH, NODE]);
  head: Head | undefined;
  loads = 0;
  isUnreadable = false;
  turns = 0;
  onTurn: () => Promise<void> | void = () => {};
  readonly published: MeshSnapshot[] = [];
  readonly events: PublishEvent[] = [];
  beforeLoad: () => Promise<void> | void = () => {};
  beforePublish: (snapshot: MeshSnapshot) => void = () => {};

  changesSince: (generation: bigint) => readonly LogRow[] | undefined = () => undefined;

  /** Those of the process that was started last. */
  replicas = this.startReplicas();

  private startReplicas(): MeshReplicas {
    return new MeshReplicas({
      load: async () => {
        this.loads++;
        await this.beforeLoad();
        return this.state;
      },
      changesSince: async (_, generation) => this.changesSince(generation),
    });
  }

  /** A process: what it has compiled it remembers. */
  publisher = this.start();

  start(): Publisher {
    this.replicas = this.startReplicas();
    return createPublisher({
      replicas: this.replicas,
      snapshots: {
        head: async () => this.head,
        publish: async (snapshot, parent) => {
          this.beforePublish(snapshot);
          return this.publish(snapshot, parent);
        },
        read: async (mesh, { key }) => {
          const last = this.published.at(-1);
          if (last === undefined || this.isUnreadable) throw new SnapshotUnreadable(key, 'missing', mesh);
          return last;
        },
      },
      now: () => 1000,
      turn: async () => {
        this.turns++;
        await this.onTurn();
      },
      onPublished: (event) => void this.events.push(event),
    });
  }

  publish(snapshot: MeshSnapshot, parent: Published | undefined): PublishOutcome {
    if (parent?.key !== this.head?.latest.key) return 'stale';
    this.moveHeadTo(snapshot);
    return 'published';
  }

  moveHeadTo(snapshot: MeshSnapshot): void {
    this.published.push(snapshot);
    this.moveHead(snapshot.version);
  }

  moveHead(version: MeshSnapshot['version']): void {
    const latest = { version, key: `${version.epoch}.${version.n}.${version.build}`, content: '' };
    this.head = { mesh: '123456789012/apps', rev: (this.head?.rev ?? 0n) + 1n, latest, serving: latest };
  }
}

const version = (n: bigint, epoch = 1, build = COMPILER_BUILD) => ({ epoch, n, build });

describe('a publisher', () => {
  test('publishes the state, and then has nothing to do', async () => {
    const fixture = new Fixture();
    expect(await fixture.publisher.publish(KEY)).toMatchObject({
      kind: 'published',
      version: version(1n),
      changedProxies: ['virtualNode/a'],
      compileMillis: 0,
    });
    expect([...(fixture.published[0]?.proxies.keys() ?? [])]).toEqual(['virtualNode/a']);
    expect(await fixture.publisher.publish(KEY)).toEqual({ kind: 'current', version: version(1n) });
    expect(fixture.events.map(({ result }) => result.kind)).toEqual(['published', 'current']);
  });

  test('knows no mesh that never had a commit', async () => {
    const fixture = new Fixture();
    fixture.state = undefined;
    expect(await fixture.publisher.publish(KEY)).toEqual({ kind: 'unknownMesh' });
  });

  test('publishes a deleted mesh as one without proxies', async () => {
    const fixture = new Fixture();
    fixture.state = meshStateOf([], 7n);
    expect(await fixture.publisher.publish(KEY)).toMatchObject({ kind: 'published', version: version(7n) });
    expect(fixture.published[0]?.proxies.size).toBe(0);
  });

  test('reads again when another publisher was faster, and builds on its head', async () => {
    const fixture = new Fixture();
    fixture.beforePublish = () => {
      fixture.beforePublish = () => {};
      fixture.moveHead(version(1n));
      fixture.state = meshStateOf([MESH, NODE, { ...NODE, name: 'b' }], 2n);
    };
    expect(await fixture.publisher.publish(KEY)).toMatchObject({ kind: 'published', version: version(2n) });
    expect(fixture.loads).toBe(2);
  });

  test('publishes what a newer build makes of the same state', async () => {
    const fixture = new Fixture();
    fixture.moveHead(version(1n, 1, COMPILER_BUILD - 1));
    expect(await fixture.publisher.publish(KEY)).toMatchObject({ kind: 'published', version: version(1n) });
  });

  test('raises the epoch when the store was restored to before the head', async () => {
    const fixture = new Fixture();
    fixture.moveHead(version(9n, 3));
    expect(await fixture.publisher.publish(KEY)).toMatchObject({ kind: 'published', version: version(1n, 4) });
  });

  test('runs once at a time for a mesh; calls meanwhile share the run after it', async () => {
    const fixture = new Fixture();
    const gate = Promise.withResolvers<void>();
    fixture.beforeLoad = () => gate.promise;
    const first = fixture.publisher.publish(KEY);
    const meanwhile = [fixture.publisher.publish(KEY), fixture.publisher.publish(KEY), fixture.publisher.publish(KEY)];
    await Promise.resolve();
    expect(fixture.loads).toBe(1);
    fixture.beforeLoad = () => {
      fixture.state = meshStateOf([MESH], 2n);
    };
    gate.resolve();
    expect(await first).toMatchObject({ version: version(1n) });
    for (const result of await Promise.all(meanwhile)) expect(result).toMatchObject({ kind: 'published', version: version(2n) });
    expect(fixture.loads).toBe(2);
  });

  test('passes on that the state cannot be read, keeps what is published, and goes on afterwards', async () => {
    const fixture = new Fixture();
    await fixture.publisher.publish(KEY);
    const { head } = fixture;
    const away = new MeshError('ServiceUnavailable', 'the store is away');
    fixture.beforeLoad = () => Promise.reject(away);
    const first = fixture.publisher.publish(KEY);
    const second = fixture.publisher.publish(KEY);
    await expect(first).rejects.toBe(away);
    await expect(second).rejects.toBe(away);
    expect(fixture.head).toBe(head);
    fixture.beforeLoad = () => {};
    expect(await fixture.publisher.publish(KEY)).toMatchObject({ kind: 'current' });
  });

  test('gives equal content equal versions from one publication to the next', async () => {
    const fixture = new Fixture();
    await fixture.publisher.publish(KEY);
    fixture.state = meshStateOf([MESH, NODE, { ...NODE, name: 'b' }], 2n);
    await fixture.publisher.publish(KEY);
    const [before, after] = fixture.published.map(({ proxies }) => proxies.get('virtualNode/a'));
    expect(after).toEqual(before);
    for (const { version: typed, references } of after?.types.values() ?? []) expect(typed).toBe(typeVersion(references));
  });

  test('takes a commit from the log, without reading the mesh again', async () => {
    const fixture = new Fixture();
    await fixture.publisher.publish(KEY);
    const [, b] = meshStateOf([MESH, { ...NODE, name: 'b' }]).resources;
    if (b === undefined) throw new Error('no node');
    fixture.changesSince = (generation) => (generation < 2n ? [rowOf(2n, b)] : []);
    expect(await fixture.publisher.publish(KEY)).toMatchObject({
      kind: 'published',
      version: version(2n),
      changedProxies: ['virtualNode/b'],
    });
    expect(fixture.loads).toBe(1);
    expect([...(fixture.published[1]?.proxies.keys() ?? [])]).toEqual(['virtualNode/a', 'virtualNode/b']);
    expect(fixture.published[1]?.proxies.get('virtualNode/a')).toBe(fixture.published[0]?.proxies.get('virtualNode/a'));
  });

  test('lets others get on while it compiles a large mesh, again and again, and compiles what the mesh was when it began', async () => {
    const fixture = new Fixture();
    const nodes = Array.from({ length: 1000 }, (_, number): WrittenResource => ({ ...NODE, name: `n${number}` }));
    const state = meshStateOf([MESH, ...nodes]);
    fixture.state = state;
    const last = state.resources.at(-1);
    if (last === undefined) throw new Error('no node');
    fixture.changesSince = (generation) => (generation < 2n ? [{ ...rowOf(2n, last), changes: [{ ref: last.ref }] }] : []);
    fixture.onTurn = async () => {
      // A reader brings the replica further meanwhile.
      if (fixture.turns === 1) await fixture.replicas.use(KEY, (replica) => replica.catchUp());
    };
    expect(await fixture.publisher.publish(KEY)).toMatchObject({ kind: 'published', version: version(1n) });
    // Two units for each node, 300 in a turn; looking at the result takes turns as well.
    expect(fixture.turns).toBeGreaterThanOrEqual(6);
    const published = fixture.published.map((snapshot) => encodeSnapshot(snapshot).key);
    expect(published).toEqual([encodeSnapshot(compile(state).snapshot).key]);
    const { turns } = fixture;
    expect(await fixture.publisher.publish(KEY)).toMatchObject({ version: version(2n), changedProxies: ['virtualNode/n999'] });
    // A small change is over before it is anybody's turn.
    expect(fixture.turns).toBe(turns);
  });

  test('publishes a mesh that is too large to be stored without the largest that changed, and says so', async () => {
    const fixture = new Fixture();
    await fixture.publisher.publish(KEY);
    const [before] = fixture.published;
    const prefix = `/${'x'.repeat(8 * 1024 * 1024)}`;
    const action = { weightedTargets: [{ virtualNode: 'b', weight: 1 }] };
    fixture.state = meshStateOf(
      [
        MESH,
        { ...NODE, spec: { backends: [{ virtualService: { virtualServiceName: 's.local' } }] } },
        { ...NODE, name: 'b' },
        { kind: 'virtualService', name: 's.local', spec: { provider: { virtualRouter: { virtualRouterName: 'r' } } } },
        { kind: 'virtualRouter', name: 'r', spec: { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] } },
        { kind: 'route', parent: 'r', name: 'r', spec: { httpRoute: { match: { prefix }, action } } },
      ],
      2n,
    );
    fixture.beforePublish = ({ resources }) => {
      // As a store whose objects may be of 4 MiB.
      const bytes = resources.values().reduce((sum, each) => sum + each.length, 0);
      if (bytes > 4 * 1024 * 1024) throw new RangeError('takes too many bytes');
    };
    const result = await fixture.publisher.publish(KEY);
    expect(result).toMatchObject({ kind: 'published', version: version(2n) });
    const told = 'diagnostics' in result ? result.diagnostics.filter(({ code }) => code === 'not-compiled') : [];
    expect(told.map(({ ref }) => ref.kind)).toEqual(['mesh', 'virtualNode']);
    const [, after] = fixture.published;
    expect(after?.proxies.get('virtualNode/a')).toBe(before?.proxies.get('virtualNode/a'));
    expect(after?.proxies.has('virtualNode/b')).toBe(true);
    expect([...(after?.carriedOver?.keys() ?? [])]).toEqual(['virtualNode/a']);
  });

  test('passes on that a store takes nothing, however little it is', async () => {
    const fixture = new Fixture();
    fixture.beforePublish = () => {
      throw new RangeError('whatever it is');
    };
    await expect(fixture.publisher.publish(KEY)).rejects.toThrow('whatever it is');
  });

  test('leaves a proxy on which the compiler fails what is published, in a new process too', async () => {
    const fixture = new Fixture();
    await fixture.publisher.publish(KEY);
    fixture.state = withBrokenNode(2n);
    fixture.publisher = fixture.start();
    await fixture.publisher.publish(KEY);
    const [before, after] = fixture.published;
    expect(after?.proxies.get('virtualNode/a')).toBe(before?.proxies.get('virtualNode/a'));
    expect([...(after?.carriedOver ?? [])]).toEqual([
      ['virtualNode/a', { version: version(1n), reason: expect.stringContaining('keeps what it had') }],
    ]);
    fixture.state = withBrokenNode(3n);
    fixture.publisher = fixture.start();
    await fixture.publisher.publish(KEY);
    expect(fixture.published[2]?.carriedOver?.get('virtualNode/a')?.version).toEqual(version(1n));
  });

  test('leaves a proxy on which the compiler fails what another publisher gave it, as often as it fails', async () => {
    const fixture = new Fixture();
    const states = [withPort(80, 1n), withPort(81, 2n), withBrokenNode(3n), withPort(82, 4n), withBrokenNode(5n)];
    fixture.changesSince = (generation) => logOf(states, fixture.state).filter((row) => row.generation > generation);
    const [one, two] = [fixture.publisher, fixture.start()];
    for (const [index, publisher] of [one, two, one, two, one].entries()) {
      fixture.state = states[index];
      expect(await publisher.publish(KEY)).toMatchObject({ kind: 'published', changedProxies: ['virtualNode/a'] });
    }
    const parts = fixture.published.map(({ proxies }) => encodedPart(proxies.get('virtualNode/a')));
    expect(new Set(parts).size).toBe(3);
    expect([parts[2], parts[4]]).toEqual([parts[1], parts[3]]);
    const carriedOver = fixture.published.map((snapshot) => snapshot.carriedOver?.get('virtualNode/a')?.version);
    expect(carriedOver).toEqual([undefined, undefined, version(2n), undefined, version(4n)]);
    for (const snapshot of fixture.published) expect(checkConsistency(snapshot)).toEqual([]);
    // Each read the mesh once, and went on from there.
    expect(fixture.loads).toBe(2);
  });

  test('leaves a proxy on which the compiler fails nothing that was never published', async () => {
    const fixture = new Fixture();
    fixture.state = withPort(80, 1n);
    await fixture.publisher.publish(KEY);
    fixture.state = withPort(81, 2n);
    fixture.beforePublish = () => {
      fixture.beforePublish = () => {};
      throw new Error('the store is away');
    };
    await expect(fixture.publisher.publish(KEY)).rejects.toThrow('the store is away');
    fixture.state = withBrokenNode(3n);
    await fixture.publisher.publish(KEY);
    const [before, after] = fixture.published;
    expect(after?.proxies.get('virtualNode/a')).toEqual(before?.proxies.get('virtualNode/a'));
    expect(after?.carriedOver?.get('virtualNode/a')?.version).toEqual(version(1n));
  });

  test('leaves a proxy on which the compiler fails what the faster of two publishers gave it, at the same version', async () => {
    const fixture = new Fixture();
    fixture.state = withPort(80, 1n);
    await fixture.publisher.publish(KEY);
    fixture.state = withBrokenNode(3n);
    fixture.beforePublish = () => {
      // Another is faster twice: it publishes the commit before this one, and this one.
      fixture.beforePublish = () => {};
      fixture.moveHeadTo(compile(withPort(81, 2n)).snapshot);
      fixture.moveHeadTo(compile(withBrokenNode(3n), 1, undefined, compile(withPort(81, 2n)).snapshot).snapshot);
    };
    expect(await fixture.publisher.publish(KEY)).toEqual({ kind: 'current', version: version(3n) });
    fixture.state = withBrokenNode(4n);
    await fixture.publisher.publish(KEY);
    expect(fixture.published.at(-1)?.carriedOver?.get('virtualNode/a')?.version).toEqual(version(2n));
  });

  test('serves a proxy on which the compiler fails nothing when what is published cannot be read', async () => {
    const fixture = new Fixture();
    await fixture.publisher.publish(KEY);
    fixture.state = withBrokenNode(2n);
    fixture.isUnreadable = true;
    fixture.publisher = fixture.start();
    expect(await fixture.publisher.publish(KEY)).toMatchObject({ kind: 'published' });
    expect(fixture.published[1]?.proxies.size).toBe(0);
    expect(fixture.published[1]?.carriedOver).toBeUndefined();
  });
});

function rowOf(generation: bigint, after: Resource): LogRow {
  return { generation, writeId: 'w', at: 0, author: 'tests', source: 'Test', changes: [{ ref: after.ref, after }] };
}

function withPort(port: number, generation: bigint): MeshState {
  const listeners = [{ portMapping: { port, protocol: 'http' } }];
  return meshStateOf([MESH, { ...NODE, spec: { listeners, serviceDiscovery: { dns: { hostname: 'a.local' } } } }], generation);
}

/** The commits that led to the last of these states that is there. */
function logOf(states: readonly MeshState[], last: MeshState | undefined): readonly LogRow[] {
  return states.flatMap(({ generation, resources }) => {
    const node = resources.find(({ ref }) => ref.kind === 'virtualNode');
    return node === undefined || last === undefined || generation > last.generation ? [] : [rowOf(generation, node)];
  });
}

function encodedPart(proxy: ProxySnapshot | undefined): string {
  return JSON.stringify(
    proxy?.types
      .values()
      .map(({ version: typed }) => typed)
      .toArray(),
  );
}

/** The mesh with a node no release could have stored: the compiler trips over it. */
function withBrokenNode(generation: bigint): MeshState {
  const state = meshStateOf([MESH, NODE], generation);
  const broken = { listeners: 5 } as unknown as Resource['spec'];
  return {
    ...state,
    resources: state.resources.map((resource) => (resource.ref.kind === 'virtualNode' ? { ...resource, spec: broken } : resource)),
  };
}
