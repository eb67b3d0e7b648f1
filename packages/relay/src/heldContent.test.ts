import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { describe, expect, it } from 'vitest';
import { ackAll, bootClient, FIRST, startServing } from './testing/boot.ts';
import { settled } from './testing/harness.ts';
import { heldResource } from './testing/store.ts';

const BAD_LISTENER = [heldResource(LISTENER_TYPE, 'l', 'bad')];
const SECOND = { ...FIRST, listeners: { l: 'bad', m: '1' }, routes: { r: 'x2' } };

describe.each(['sotw', 'delta'] as const)('held content, %s', (protocol) => {
  it('is not sent to who has not taken it, who keeps what it has while all else goes on', async () => {
    const { connect, put, snapshots } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    snapshots.held = BAD_LISTENER;
    put(2, SECOND);
    expect(await ackAll(client)).toEqual(['lds', 'rds']);
    const { resources } = client.last('lds');
    expect(resources).toEqual(protocol === 'sotw' ? { l: 'l=1', m: 'm=1' } : { m: 'm=1' });
    put(3, { ...SECOND, routes: { r: 'x3' } });
    expect(await ackAll(client)).toEqual(['rds']);
    put(4, { ...SECOND, listeners: { l: 'good', m: '1' } });
    expect(await ackAll(client)).toEqual(['lds', 'rds']);
    expect(client.last('lds').resources).toMatchObject({ l: 'l=good' });
  });

  it('is left with who has taken it, also across a reconnect, and sent to all once it is held no more', async () => {
    const { connect, put, snapshots } = startServing();
    const [took, late] = [connect(protocol), connect(protocol)];
    for (const client of [took, late]) await bootClient(client);
    late.slow = true;
    put(2, { ...FIRST, clusters: { x: '2', y: '1' }, listeners: { l: 'bad' } });
    expect(await ackAll(took)).toEqual(['cds', 'eds', 'lds']);
    snapshots.hold(BAD_LISTENER);
    late.slow = false;
    late.ack('cds').stream.drained();
    expect(await ackAll(took)).toEqual([]);
    expect(await ackAll(late)).not.toContain('lds');
    const { version, versions } = took.last('lds');
    took.stream.closed('cut');
    const again = connect(protocol)
      .ask(
        'cds',
        protocol === 'sotw' ? took.last('cds') : { versions: { ...late.last('cds').versions, y: took.last('cds').versions.y ?? '' } },
      )
      .ask('lds', protocol === 'sotw' ? { version } : { versions });
    expect(await ackAll(again)).not.toContain('lds');
    snapshots.hold([]);
    expect(await ackAll(late)).toEqual(['lds']);
    expect(late.last('lds').resources).toEqual({ l: 'l=bad' });
  });

  it('no longer keeps who refused it from everything else of the type', async () => {
    const { connect, put, snapshots, eventsOf } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, SECOND);
    await settled();
    client.nack('lds').ack('rds');
    await settled();
    client.take();
    snapshots.hold(BAD_LISTENER);
    await settled();
    expect(client.last('lds').resources).toEqual({ l: 'l=1', m: 'm=1' });
    client.ack('lds');
    await settled();
    const sent = eventsOf('sent').length;
    client.ask('lds');
    put(3, { ...SECOND, endpoints: ['x', 'y'] });
    await settled();
    expect(eventsOf('sent').length).toBe(sent);
  });

  it('keeps the clusters that what stands in for it may use', async () => {
    const { connect, put, snapshots, time } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    snapshots.held = [heldResource(ROUTE_TYPE, 'r', 'y2')];
    put(2, { ...FIRST, clusters: { y: '1' }, routes: { r: 'y2' }, endpoints: ['y'] });
    await time.advance(120_000);
    expect(await ackAll(client)).toEqual([]);
    snapshots.hold([]);
    expect(await ackAll(client)).toEqual(protocol === 'sotw' ? ['rds', 'cds'] : ['rds', 'cds', 'eds']);
  });

  it('has no route follow it when it is a cluster that nothing stands in for, and changes the other clusters', async () => {
    const { connect, put, snapshots, time } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    snapshots.held = [heldResource(CLUSTER_TYPE, 'z', 'bad')];
    put(2, { ...FIRST, clusters: { x: '2', y: '1', z: 'bad' }, listeners: { l: '2' }, routes: { r: 'z2' } });
    await time.advance(60_000);
    expect(await ackAll(client)).toEqual(['cds', 'eds']);
    expect(Object.keys(client.last('cds').resources)).not.toContain('z');
    put(3, { ...FIRST, clusters: { x: '2', y: '1', z: 'good' }, listeners: { l: '2' }, routes: { r: 'z2' } });
    expect(await ackAll(client)).toEqual(['cds', 'lds', 'rds']);
  });

  it('goes to none who come anew: they get what the proxy had of it before', async () => {
    const { connect, put, snapshots } = startServing();
    await bootClient(connect(protocol));
    snapshots.held = BAD_LISTENER;
    put(2, SECOND);
    await settled();
    put(3, { ...SECOND, routes: { r: 'x3' } });
    await settled();
    const fresh = connect(protocol).ask('cds').ask('lds');
    expect(await ackAll(fresh)).toEqual(['cds', 'lds']);
    expect(fresh.last('lds').resources).toEqual({ l: 'l=1', m: 'm=1' });
  });
});
