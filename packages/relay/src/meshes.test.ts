import type { MeshSnapshot } from '@meshwright/snapshot';
import { describe, expect, it } from 'vitest';
import { ackAll, bootClient, FIRST, startServing } from './testing/boot.ts';
import { settled, startCore } from './testing/harness.ts';
import { MESH, snapshotOf } from './testing/store.ts';

const DAMAGES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  'is an empty object': () => new Uint8Array(),
  'was written by half': (bytes) => bytes.subarray(0, bytes.length / 2),
  'has a byte changed': (bytes) => bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte)),
  'cannot be fetched': () => {
    throw new Error('503 Slow Down');
  },
};

describe.each(['sotw', 'delta'] as const)('a snapshot that is no good, %s', (protocol) => {
  it.each(Object.entries(DAMAGES))(
    'leaves the last good one in service, and nobody is sent an empty one, when it %s',
    async (_what, damage) => {
      const { connect, put, snapshots, time, eventsOf } = startServing();
      const client = connect(protocol);
      await bootClient(client);
      snapshots.damage = damage;
      put(2, { ...FIRST, listeners: { l: '2' } });
      await time.advance(30_000);
      expect(await ackAll(client)).toEqual([]);
      expect(eventsOf('snapshotUnreadable').length).toBeGreaterThan(0);
      const again = connect(protocol).ask('cds').ask('lds');
      expect(await ackAll(again)).toEqual(['cds', 'lds']);
      expect([again.last('cds'), again.last('lds')].map(({ resources }) => Object.values(resources))).toEqual([['x=1', 'y=1'], ['l=1']]);
      snapshots.damage = undefined;
      await time.advance(1_000);
      expect(await ackAll(client)).toEqual(['lds']);
      expect(client.last('lds').resources).toEqual({ l: 'l=2' });
    },
  );

  it('leaves a proxy in peace that comes when there never was another', async () => {
    const { connect, snapshots, time } = startServing();
    snapshots.damage = () => new Uint8Array();
    const client = connect(protocol).ask('cds').ask('lds');
    await time.advance(60_000);
    expect(client.received).toEqual([]);
    expect(client.ended).toBeUndefined();
    snapshots.damage = undefined;
    await time.advance(1_000);
    expect(await ackAll(client)).toEqual(['cds', 'lds']);
  });
});

describe('snapshots in service', () => {
  it('keeps the last good one while a newer cannot be read, and never empties a proxy', async () => {
    const { connect, put, snapshots, time, eventsOf } = startServing();
    const client = connect('sotw');
    await bootClient(client);
    snapshots.readFailure = new Error('cut short');
    put(2, { ...FIRST, listeners: { l: '2' } });
    await time.advance(5_000);
    expect(eventsOf('snapshotUnreadable').at(-1)).toMatchObject({ reason: 'cut short' });
    const again = connect('sotw').ask('cds').ask('lds');
    expect(await ackAll(client)).toEqual([]);
    expect(await ackAll(again)).toEqual(['cds', 'lds']);
    expect(again.last('lds').resources).toEqual({ l: 'l=1' });
    snapshots.readFailure = undefined;
    await time.advance(1_000);
    expect(await ackAll(client)).toEqual(['lds']);
  });

  it('sends empty clusters and listeners when a verified snapshot says so', async () => {
    const { connect, put } = startServing();
    const client = connect('sotw');
    await bootClient(client);
    put(2, {});
    expect(await ackAll(client)).toEqual(['lds', 'cds']);
    expect(client.last('cds').resources).toEqual({});
  });

  it('says nothing of a type the snapshot does not speak of', async () => {
    const { connect, snapshots } = startCore();
    const snapshot = snapshotOf(1, { 'virtualNode/a': FIRST });
    const proxy = { types: new Map(), endpointQueries: new Map(), sources: new Map() };
    snapshots.put({ ...snapshot, proxies: new Map([['virtualNode/a', proxy]]) });
    const client = connect('sotw').ask('cds').ask('lds');
    await settled();
    expect(client.received).toEqual([]);
  });

  it('is loaded by its first stream, once, and released when nobody has followed it for a while', async () => {
    const { connect, snapshots, time } = startServing({ idleMeshMillis: 600_000 });
    expect(snapshots.reads).toBe(0);
    const clients = [connect('sotw').ask('cds'), connect('delta').ask('cds')];
    await settled();
    expect(snapshots.reads).toBe(1);
    for (const { stream } of clients) stream.closed('gone');
    await time.advance(599_999);
    connect('sotw').ask('cds').stream.closed('gone');
    expect(snapshots.reads).toBe(1);
    await time.advance(600_000);
    connect('sotw').ask('cds');
    await settled();
    expect(snapshots.reads).toBe(2);
  });

  it('serves the mesh once a head that could not be read can be', async () => {
    const { connect, snapshots, time } = startServing();
    snapshots.headGate = () => Promise.reject(new Error('no answer'));
    snapshots.readFailure = new Error('no answer');
    const client = connect('delta').ask('cds');
    await settled();
    expect(client.received).toEqual([]);
    snapshots.headGate = undefined;
    snapshots.readFailure = undefined;
    await time.advance(1_000);
    expect(client.takeTypes()).toBe('cds');
  });

  it('serves the others when the content of one proxy is at fault, and calls no snapshot unreadable for it', async () => {
    const { connect, snapshots, eventsOf } = startCore();
    const publish = (n: number, edit = (snapshot: MeshSnapshot): MeshSnapshot => snapshot): void =>
      snapshots.put(edit(snapshotOf(n, { 'virtualNode/a': { clusters: { x: `${n}` } }, 'virtualNode/b': { clusters: { y: `${n}` } } })));
    publish(1);
    const clients = ['virtualNode/a', 'virtualNode/b', 'virtualNode/a'].map((node) => connect('sotw', node).ask('cds'));
    for (const client of clients) await ackAll(client);
    publish(2, (snapshot) => ({ ...snapshot, resources: new Map([...snapshot.resources].slice(1)) }));
    await settled();
    expect(clients.map(({ ended }) => ended?.status)).toEqual(['internal', undefined, 'internal']);
    expect(eventsOf('gone')).toHaveLength(2);
    expect(clients[1]?.last('cds').resources).toEqual({ y: 'y=2' });
    expect(eventsOf('snapshotUnreadable')).toEqual([]);
    expect(connect('sotw').ask('cds').ended?.status).toBe('internal');
    publish(3);
    await settled();
    expect(eventsOf('gone')).toHaveLength(3);
    const again = connect('sotw').ask('cds');
    await settled();
    expect(again.last('cds').resources).toEqual({ x: 'x=3' });
  });

  it('keeps each mesh to its own proxies', async () => {
    const { connect, snapshots } = startServing();
    snapshots.put(snapshotOf(1, { 'virtualNode/a': { clusters: { theirs: '1' } } }, '999999999999/apps'));
    const [ours, theirs] = [connect('sotw').ask('cds'), connect('sotw', 'virtualNode/a@999999999999/apps').ask('cds')];
    await settled();
    expect(Object.keys(ours.last('cds').resources)).toEqual(['x', 'y']);
    expect(Object.keys(theirs.last('cds').resources)).toEqual(['theirs']);
  });
});

describe('with what was kept nearer, while nothing can be read', () => {
  const LAST = snapshotOf(3, { 'virtualNode/a': FIRST });
  const start = () => {
    const system = startServing();
    const version = { version: LAST.version, key: 'kept', content: 'kept' };
    const head = { mesh: MESH, rev: 1n, latest: version, serving: version };
    system.snapshots.lastGood = async () => ({ head, snapshot: LAST });
    system.snapshots.headGate = () => Promise.reject(new Error('the table is away'));
    return system;
  };

  it.each(['sotw', 'delta'] as const)('serves that to a proxy that comes without a version, %s', async (protocol) => {
    const { connect } = start();
    const client = connect(protocol).ask('cds').ask('lds');
    expect(await ackAll(client)).toEqual(['cds', 'lds']);
  });

  it('is silent to a proxy with a version it does not know, which may be newer', async () => {
    const { connect, time } = start();
    const client = connect('sotw').ask('cds', { version: 'of another relay' });
    await time.advance(14_000);
    expect(client.received).toEqual([]);
  });

  it('goes over to the newest as soon as the store answers, without a push where nothing differs', async () => {
    const { connect, put, snapshots, time } = start();
    const client = connect('sotw').ask('cds').ask('lds');
    await ackAll(client);
    put(4, FIRST);
    snapshots.headGate = undefined;
    await time.advance(1_000);
    expect(await ackAll(client)).toEqual([]);
    put(5, { ...FIRST, listeners: { l: '2' } });
    await time.advance(1_000);
    expect(await ackAll(client)).toEqual(['lds']);
  });
});
