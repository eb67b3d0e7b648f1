import { describe, expect, it } from 'vitest';
import { MOST_NAMES } from './nameSet.ts';
import { ackAll, bootClient, FIRST, startServing } from './testing/boot.ts';
import { settled, startCore } from './testing/harness.ts';
import { MESH, snapshotOf } from './testing/store.ts';

const PROTOCOLS = ['sotw', 'delta'] as const;

describe.each(PROTOCOLS)('refusals, %s', (protocol) => {
  it('does not send refused content again until it changes, tells of it, and goes on serving others', async () => {
    const { connect, put, eventsOf } = startServing();
    const [client, other] = [connect(protocol), connect(protocol)];
    await bootClient(client);
    await bootClient(other);
    put(2, { ...FIRST, listeners: { l: 'bad' } });
    await settled();
    client.nack('lds', `no such filter${'!'.repeat(10_000)}`);
    await settled();
    client.ask('lds').ask('rds');
    expect(await ackAll(other)).toEqual(['lds']);
    expect(client.takeTypes()).toBe('lds');
    expect(eventsOf('rejected')).toMatchObject([
      {
        message: `${`no such filter${'!'.repeat(10_000)}`.slice(0, 4_096)}…`,
        snapshotVersion: '1.2.1',
        version: client.last('lds').version,
      },
    ]);
    put(3, { ...FIRST, listeners: { l: 'good' } });
    expect(await ackAll(client)).toEqual(['lds']);
  });

  it('sends what is left of refused content when a part of it is deleted that may have been at fault', async () => {
    const { connect, put } = startServing();
    put(2, { ...FIRST, listeners: { l: '1', bad: '1' } });
    const client = connect(protocol).ask('cds').ask('lds');
    await settled();
    client.ack('cds');
    await settled();
    client.nack('lds').take();
    put(3, FIRST);
    await settled();
    expect(client.take().map(({ resources }) => resources)).toEqual([{ l: 'l=1' }]);
  });

  it('does not send a refused cluster again when those around it leave, and sends what is without it', async () => {
    const { connect, put, time } = startServing({ ackWaitMillis: 15_000 });
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { x: '1', z: 'bad' }, routes: { r: 'x2' }, endpoints: ['x'] });
    await settled();
    expect(client.last('cds').resources).toHaveProperty('z');
    client.nack('cds').take();
    await time.advance(15_000);
    // Routes move past the bound all the same; y could leave then, and the set without it has another version.
    expect(await ackAll(client)).toEqual(['rds']);
    await time.advance(60_000);
    expect(client.takeTypes()).toBe('');
    put(3, { ...FIRST, clusters: { x: '1' }, routes: { r: 'x2' }, endpoints: ['x'] });
    expect(await ackAll(client)).toContain('cds');
    put(4, { ...FIRST, clusters: { x: '1', z: 'good' }, routes: { r: 'z' }, endpoints: ['x'] });
    expect(await ackAll(client)).toEqual(['cds', 'rds']);
  });

  it('sends the next good content though it equals what was last acknowledged', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, listeners: { l: 'bad' } });
    await settled();
    client.nack('lds');
    await settled();
    put(3, FIRST);
    expect(await ackAll(client)).toEqual(['lds', 'lds']);
    expect(client.last('lds').resources).toEqual({ l: 'l=1' });
  });

  it('re-sends endpoints after refused clusters were mended, for what the proxy applied is not known', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { x: '2', y: 'bad' } });
    await settled();
    client.nack('cds').ack('eds');
    put(3, { ...FIRST, clusters: { x: '2', y: '1' } });
    await settled();
    client.take();
    client.ack('cds');
    await settled();
    expect(client.last('eds').resources).toHaveProperty('x');
  });
});

describe.each(PROTOCOLS)('identity, %s', (protocol) => {
  it('needs the node in the first request only, and ends the stream when it changes', async () => {
    const { connect } = startServing();
    const client = connect(protocol).ask('cds').ask('lds', { node: 'virtualNode/a' });
    await settled();
    expect(client.ended).toBeUndefined();
    client.ask('lds', { node: 'virtualNode/b' });
    expect(client.ended?.status).toBe('permissionDenied');
    client.ack('cds');
    await settled();
    expect(client.takeTypes()).toBe('cds');
  });

  it('ends a stream whose first request names no node, and one that is refused', () => {
    const { connect } = startServing();
    const nameless = connect(protocol);
    nameless.ask('cds', { node: '' });
    const refused = connect(protocol, 'refused').ask('cds');
    expect(refused.ended).toEqual({ status: 'permissionDenied', detail: 'not yours' });
  });

  it('ends a stream whose node says more of itself than any proxy has to say', () => {
    const { connect, events } = startServing();
    const long = connect(protocol, 'x'.repeat(1_025)).ask('cds');
    expect(long.ended).toMatchObject({ status: 'invalidArgument', detail: expect.stringContaining('1024 characters') });
    expect(events).toEqual([]);
  });

  it('is silent towards a name nobody knows', async () => {
    const { connect, eventsOf } = startServing();
    const client = connect(protocol, 'unknown').ask('cds');
    await settled();
    expect(client.received).toEqual([]);
    expect(client.ended).toBeUndefined();
    expect(eventsOf('connected')).toMatchObject([{ admission: { kind: 'unknown' }, protocol }]);
  });

  it('serves a mesh and a proxy as soon as they exist', async () => {
    const { connect, snapshots, eventsOf } = startCore();
    const client = connect(protocol).ask('cds');
    await settled();
    expect(eventsOf('orphaned')).toMatchObject([{ reason: `mesh ${MESH} has no snapshot` }]);
    snapshots.put(snapshotOf(1, { 'virtualNode/other': FIRST }));
    await settled();
    expect(client.received).toEqual([]);
    snapshots.put(snapshotOf(2, { 'virtualNode/a': FIRST }));
    await settled();
    expect(client.takeTypes()).toBe('cds');
  });

  it('is silent when its proxy is deleted, also towards one that reconnects, and goes on when it is back', async () => {
    const { connect, snapshots, put, eventsOf } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    snapshots.put(snapshotOf(2, {}));
    const again = connect(protocol).ask('cds').ask('lds');
    expect(await ackAll(client)).toEqual([]);
    expect(again.received).toEqual([]);
    expect(eventsOf('orphaned')).toHaveLength(2);
    put(3, FIRST);
    expect(await ackAll(client)).toEqual([]);
    expect(eventsOf('found')).toMatchObject([{ snapshotVersion: '1.3.1' }, { snapshotVersion: '1.3.1' }]);
    put(4, { ...FIRST, listeners: { l: '2' } });
    expect(await ackAll(client)).toEqual(['lds']);
  });

  it('keeps replicas of one node apart', async () => {
    const { connect, put, snapshots, eventsOf } = startServing();
    const replicas = Array.from({ length: 50 }, () => connect(protocol));
    await Promise.all(replicas.map((replica) => bootClient(replica)));
    put(2, { ...FIRST, routes: { r: 'y1' } });
    await settled();
    for (const [index, replica] of replicas.entries()) index % 2 === 0 ? replica.ack('rds') : replica.nack('rds');
    expect(snapshots.reads).toBe(2);
    // What they are sent is in memory once.
    expect(new Set(replicas.map((replica) => replica.last('rds').body)).size).toBe(1);
    expect(eventsOf('rejected')).toHaveLength(25);
    expect(new Set(eventsOf('rejected').map(({ session }) => session)).size).toBe(25);
    expect(new Set(eventsOf('acked').map(({ session }) => session)).size).toBe(50);
  });
});

describe.each(PROTOCOLS)('what a client may send, %s', (protocol) => {
  it('ends on bytes that are no request, and leaves others alone', async () => {
    const { connect } = startServing();
    const [bad, good] = [connect(protocol), connect(protocol)];
    bad.stream.receive(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    expect(bad.ended?.status).toBe('invalidArgument');
    good.ask('cds');
    await settled();
    expect(good.takeTypes()).toBe('cds');
  });

  it('ends on more names than a mesh can have, and takes as many as it can have one by one', async () => {
    const { connect } = startServing();
    const [greedy, large] = [connect(protocol), connect(protocol)];
    const names = Array.from({ length: MOST_NAMES }, (_, index) => `n${index}`);
    greedy.ask('rds', { names: [...names, 'one more'] });
    expect(greedy.ended).toMatchObject({ status: 'resourceExhausted', detail: expect.stringContaining('20001 names') });
    large.ask('rds', { names });
    for (let index = 0; index < 200; index += 1) {
      // State of the world repeats the list with each change, which bounds how often it can change.
      if (protocol === 'delta') large.ask('rds', { names: [`n${index}`], unsubscribe: [`n${index + 1}`] });
    }
    large.ask('cds');
    await settled();
    expect(large.ended).toBeUndefined();
    expect(large.takeTypes()).toContain('cds');
  });

  it('sends one response per type and version to a slow reader, the newest', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    client.slow = true;
    for (let n = 2; n <= 1_000; n += 1) {
      put(n, { ...FIRST, routes: { r: `${n}` } });
      if (n % 50 === 0) await settled();
    }
    expect(client.received.filter(({ type }) => type === 'rds')).toHaveLength(2);
    client.slow = false;
    client.ack('rds').stream.drained();
    await settled();
    expect(client.last('rds').resources).toEqual({ r: 'r=1000' });
    expect(client.received.filter(({ type }) => type === 'rds')).toHaveLength(3);
  });

  it('gives the transport one response at a time, and decides on the next when that one has left', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    client.slow = true;
    put(2, { ...FIRST, clusters: { x: '1' }, listeners: { l: '2' }, routes: { r: 'x2' }, endpoints: ['x'] });
    await settled();
    expect(client.takeTypes()).toBe('lds');
    put(3, { ...FIRST, clusters: { x: '1' }, listeners: { l: '2' }, routes: { r: 'x3' }, endpoints: ['x'] });
    await settled();
    expect(client.received.at(-1)?.type).toBe('lds');
    client.stream.drained();
    await settled();
    expect(client.take().map(({ resources }) => resources)).toEqual([{ r: 'r=x3' }]);
    client.ack('lds').ack('rds');
    await settled();
    expect(client.takeTypes()).toBe('');
    client.stream.drained();
    await settled();
    expect(client.takeTypes()).toBe('cds');
  });

  it('keeps one response in flight per type', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, routes: { r: '2' } });
    await settled();
    put(3, { ...FIRST, routes: { r: '3' } });
    put(4, { ...FIRST, routes: { r: '4' } });
    await settled();
    expect(client.takeTypes()).toBe('rds');
    client.ack('rds');
    await settled();
    expect(client.take().map(({ resources }) => resources)).toEqual([{ r: 'r=4' }]);
  });

  it('pushes nothing for a snapshot whose content is the same', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, FIRST);
    expect(await ackAll(client)).toEqual([]);
  });

  it('follows the head back to an older version, as a pin or a rollback has it', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(3, { ...FIRST, routes: { r: '3' } });
    expect(await ackAll(client)).toEqual(['rds']);
    put(2, { ...FIRST, routes: { r: '2' } });
    expect(await ackAll(client)).toEqual(['rds']);
    expect(client.last('rds').resources).toEqual({ r: 'r=2' });
  });

  it('sends nothing of a head older than the one it followed, whoever still tells of it', async () => {
    const { connect, put, snapshots, time } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    const before = await snapshots.head(MESH);
    put(2, { ...FIRST, routes: { r: '2' } });
    expect(await ackAll(client)).toEqual(['rds']);
    if (before !== undefined) snapshots.lag(before);
    expect(await ackAll(client)).toEqual([]);
    // One that reports what this relay does not know has the head read again, which answers the old one.
    const again = connect(protocol).ask('rds', {
      names: ['r'],
      ...(protocol === 'sotw' ? { version: 'else' } : { versions: { r: 'else' } }),
    });
    await time.advance(1_000);
    expect(again.last('rds').resources).toEqual({ r: 'r=2' });
    client.stream.closed('gone');
    again.stream.closed('gone');
    await time.advance(600_000);
    const late = connect(protocol)
      .ask('cds')
      .ask('rds', { names: ['r'] });
    await settled();
    late.ack('cds');
    await settled();
    expect(late.last('rds').resources).toEqual({ r: 'r=2' });
  });

  it('answers clusters without known endpoints empty after the bound, and at once when they become known', async () => {
    const { connect, put, endpoints, time } = startServing({ endpointWaitMillis: 5_000 });
    put(2, { ...FIRST, endpoints: ['x', 'y', 'slow'] });
    const client = connect(protocol).ask('eds', { names: ['slow'] });
    await time.advance(4_999);
    expect(client.received).toEqual([]);
    await time.advance(1);
    expect(client.take()).toHaveLength(1);
    expect(client.last('eds').removed).toEqual([]);
    client.ack('eds');
    endpoints.set('slow', '10.0.0.4');
    await settled();
    expect(client.last('eds').resources).toEqual({ slow: 'slow=10.0.0.4' });
  });

  it('pushes endpoints when they change, and those alone', async () => {
    const { connect, endpoints } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    endpoints.set('x', '10.0.0.2');
    await settled();
    expect(client.take().map(({ resources }) => resources)).toEqual([{ x: 'x=10.0.0.2' }]);
  });

  it('answers the head first to a client that reports a version it does not know, but waits for it only so long', async () => {
    const { connect, snapshots, time } = startServing({ headWaitMillis: 15_000 });
    await bootClient(connect(protocol));
    snapshots.put(snapshotOf(2, { 'virtualNode/a': { ...FIRST, clusters: { x: '9' } } }), true);
    const reported = protocol === 'sotw' ? { version: 'from elsewhere' } : { versions: { x: 'from elsewhere' } };
    const ahead = connect(protocol).ask('cds', reported);
    await settled();
    expect(ahead.last('cds').resources).toMatchObject({ x: 'x=9' });
    snapshots.headGate = () => new Promise(() => {});
    const waiting = connect(protocol).ask('cds', reported);
    await time.advance(14_999);
    expect(waiting.received).toEqual([]);
    await time.advance(1);
    expect(waiting.takeTypes()).toBe('cds');
  });
});

describe('what runs behind a stream', () => {
  it('leaves no timer, watch or stream behind after 1,000 connections', async () => {
    const { connect, core, time, snapshots } = startServing();
    for (let round = 0; round < 1_000; round += 1) {
      const client = connect(round % 2 === 0 ? 'sotw' : 'delta')
        .ask('cds')
        .ask('eds', { names: ['x', 'unknown'] })
        .ask('rds', { names: ['r'] });
      if (round % 50 === 0) await settled();
      client.stream.closed('gone');
    }
    await settled();
    // The mesh stays for a while, for the next to come.
    expect(time.pending).toBe(1);
    expect(snapshots.watchers).toBe(1);
    await time.advance(600_000);
    expect(time.pending).toBe(0);
    core.stop();
    await settled();
    expect(snapshots.watchers).toBe(0);
  });

  it('refuses a proxy more streams than it may have, and leaves those it has alone', async () => {
    const { connect, put } = startServing({ streamsPerProxy: 2 });
    const [first, second] = [connect('sotw'), connect('sotw')];
    for (const client of [first, second]) client.ask('cds');
    const third = connect('delta').ask('cds');
    expect(third.ended).toMatchObject({ status: 'resourceExhausted', detail: expect.stringContaining('has 2 streams') });
    put(2, { ...FIRST, clusters: { x: '2' } });
    await settled();
    expect(first.takeTypes()).toBe('cds');
    first.stream.closed('gone');
    const fourth = connect('sotw').ask('cds');
    await settled();
    expect([second.takeTypes(), fourth.takeTypes(), third.takeTypes()]).toEqual(['cds', 'cds', '']);
  });

  it('ignores types it does not serve, and says so once', async () => {
    const { core, events } = startServing();
    const { create, toBinary } = await import('@bufbuild/protobuf');
    const { DiscoveryRequestSchema } = await import('@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js');
    const stream = core.open('sotw', {
      peer: { address: '', userAgent: '' },
      send: () => true,
      end: () => expect.unreachable(),
      pauseRequests: () => {},
    });
    const request = toBinary(
      DiscoveryRequestSchema,
      create(DiscoveryRequestSchema, { typeUrl: 'type.googleapis.com/x.Y', node: { id: 'virtualNode/a' } }),
    );
    stream.receive(request);
    stream.receive(request);
    expect(events.filter(({ kind }) => kind === 'ignored')).toMatchObject([{ typeUrl: 'type.googleapis.com/x.Y' }]);
  });
});
