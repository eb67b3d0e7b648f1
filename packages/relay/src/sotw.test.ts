import { describe, expect, it } from 'vitest';
import { ackAll, bootClient, FIRST, startServing } from './testing/boot.ts';
import { settled } from './testing/harness.ts';

describe('state of the world', () => {
  it('takes an empty first list of clusters as everything, and an empty list after names as nothing', async () => {
    const { connect } = startServing();
    const client = connect('sotw').ask('cds');
    await settled();
    expect(Object.keys(client.last('cds').resources)).toEqual(['x', 'y']);
    const named = connect('sotw').ask('cds', { names: ['y'] });
    await settled();
    expect(Object.keys(named.last('cds').resources)).toEqual(['y']);
    named.ack('cds').ask('cds', { names: [], nonce: named.last('cds').nonce });
    await settled();
    expect(named.received).toHaveLength(1);
  });

  it('takes * as everything, beside names too', async () => {
    const { connect } = startServing();
    const client = connect('sotw').ask('cds', { names: ['*', 'y'] });
    await settled();
    expect(Object.keys(client.last('cds').resources)).toEqual(['x', 'y']);
  });

  it('sends a name again that was dropped and is asked for again, though it did not change', async () => {
    const { connect, put, endpoints } = startServing();
    put(2, { ...FIRST, endpoints: ['x', 'y', 'z'] });
    endpoints.set('z', '10.0.0.3');
    const client = connect('sotw').ask('eds', { names: ['x', 'y', 'z'] });
    await settled();
    client.ack('eds');
    const { nonce, version } = client.last('eds');
    client.ask('eds', { names: ['x'], nonce, version });
    await settled();
    expect(client.take()).toHaveLength(1);
    client.ask('eds', { names: ['x', 'y'], nonce, version });
    await settled();
    const [again] = client.take();
    expect(again?.resources).toHaveProperty('y');
    expect(again?.nonce).not.toBe(nonce);
  });

  it('does the same with routes, whose answer is always the whole of what is asked', async () => {
    const { connect, put } = startServing();
    put(2, { ...FIRST, routes: { r: '1', s: '1' } });
    const client = connect('sotw')
      .ask('cds')
      .ask('rds', { names: ['r', 's'] });
    await settled();
    client.ack('cds');
    await settled();
    client.ack('rds');
    const { nonce } = client.last('rds');
    client.ask('rds', { names: ['r'], nonce }).ask('rds', { names: ['r', 's'], nonce });
    await settled();
    expect(Object.keys(client.last('rds').resources)).toEqual(['r', 's']);
    expect(client.received.filter(({ type }) => type === 'rds')).toHaveLength(2);
  });

  it('honours a name change with a stale nonce and ignores a stale acknowledgement', async () => {
    const { connect, put, endpoints } = startServing();
    put(2, { ...FIRST, endpoints: ['x', 'y', 'z'] });
    const client = connect('sotw').ask('eds', { names: ['x'] });
    await settled();
    const stale = client.last('eds');
    client.ack(stale);
    endpoints.set('x', '10.0.0.9');
    await settled();
    expect(client.received).toHaveLength(2);
    client.ask('eds', { names: ['x', 'y'], nonce: stale.nonce, version: stale.version });
    await settled();
    // The newer response is still in flight: its acknowledgement makes room for the new name.
    expect(client.received).toHaveLength(2);
    client.ack('eds');
    await settled();
    expect(client.received[2]?.resources).toEqual({ y: 'y=10.0.0.1' });
    client.ack('eds').ask('eds', { nonce: stale.nonce, version: stale.version });
    await settled();
    expect(client.received).toHaveLength(3);
  });

  it('answers the endpoints request of a cluster that was removed and added again, old nonce or not', async () => {
    const { connect, put } = startServing();
    const client = connect('sotw');
    await bootClient(client);
    const { nonce, version } = client.last('eds');
    put(2, { ...FIRST, clusters: { y: '1' }, endpoints: ['y'] });
    expect(await ackAll(client)).toEqual(['cds']);
    client.ask('eds', { names: ['y'], nonce, version });
    put(3, FIRST);
    await settled();
    client.ask('eds', { names: ['x', 'y'], nonce, version });
    await ackAll(client);
    expect(client.last('eds').resources).toEqual({ x: 'x=10.0.0.1' });
  });

  it('answers an endpoints request like the last acknowledgement after clusters changed, once, and no further', async () => {
    const { connect, put } = startServing();
    const client = connect('sotw');
    await bootClient(client);
    for (const edition of [2, 3]) {
      const before = client.last('eds');
      put(edition, { ...FIRST, clusters: { x: String(edition), y: '1' } });
      await settled();
      // What Envoy sends for the cluster that warms, before it has read what is already on its way.
      client.ack(before);
      await settled();
      const [clusters, endpoints, ...more] = client.take();
      expect([clusters?.type, endpoints?.type, more]).toEqual(['cds', 'eds', []]);
      expect(Object.keys(endpoints?.resources ?? {})).toEqual(['x']);
      expect(endpoints?.nonce).not.toBe(before.nonce);
      client.ack('cds');
      for (let round = 0; round < 3; round += 1) client.ack('eds');
      await settled();
      expect(client.take()).toEqual([]);
    }
  });

  it('is silent about a route configuration it does not know, and sends it once it exists', async () => {
    const { connect, put } = startServing();
    const client = connect('sotw')
      .ask('cds')
      .ask('rds', { names: ['later'] });
    await ackAll(client);
    expect(client.received.map(({ type }) => type)).toEqual(['cds']);
    put(2, { ...FIRST, routes: { r: 'x1', later: '1' } });
    await settled();
    expect(client.last('rds').resources).toEqual({ later: 'later=1' });
  });

  it('answers endpoints of a cluster the proxy does not have with an empty assignment', async () => {
    const { connect } = startServing();
    const client = connect('sotw').ask('eds', { names: ['local_cluster', 'x'] });
    await settled();
    // The empty assignment has the cluster's name as its one field, behind tag and length.
    expect(Object.values(client.last('eds').resources)).toEqual(expect.arrayContaining(['x=10.0.0.1', '\n\rlocal_cluster']));
  });

  it('leaves no listener warming: routes asked before, between and after listener versions', async () => {
    const { connect, put } = startServing();
    const client = connect('sotw')
      .ask('cds')
      .ask('rds', { names: ['r'] });
    await ackAll(client);
    expect(client.last('rds').resources).toEqual({ r: 'r=x1' });
    client.ask('lds');
    await ackAll(client);
    put(2, { ...FIRST, listeners: { l: '2' } });
    await ackAll(client);
    // A listener that replaces one of the same name asks with the request that acknowledged: answered once per listener version.
    const before = client.last('rds');
    client.ack(before);
    await settled();
    expect(client.take().map(({ resources }) => resources)).toEqual([{ r: 'r=x1' }]);
    expect(client.last('rds').nonce).not.toBe(before.nonce);
    client.ack('rds').ack('rds').ack('rds');
    await settled();
    expect(client.take()).toEqual([]);
  });

  it('gives a part of the routes another version than the whole', async () => {
    const { connect, put } = startServing();
    put(2, { ...FIRST, routes: { r: '1', s: '1' } });
    const [one, both] = [connect('sotw'), connect('sotw')];
    one.ask('cds').ask('rds', { names: ['r'] });
    both.ask('cds').ask('rds', { names: ['r', 's'] });
    await Promise.all([ackAll(one), ackAll(both)]);
    expect(one.last('rds').version).not.toBe(both.last('rds').version);
  });

  it('shares one buffer between streams that want the same', async () => {
    const { connect } = startServing();
    const [a, b] = [connect('sotw').ask('cds'), connect('sotw').ask('cds')];
    await settled();
    expect(a.last('cds').body).toBe(b.last('cds').body);
  });
});

describe('state of the world, reconnecting', () => {
  /** The first requests of a proxy that ran before, as Envoy sends them. */
  const versionsOf = (client: ReturnType<ReturnType<typeof startServing>['connect']>) => ({
    cds: client.last('cds').version,
    lds: client.last('lds').version,
    rds: client.last('rds').version,
    eds: client.last('eds').version,
  });

  it('pushes nothing but endpoints to a client that is current, also from another relay with the same snapshot', async () => {
    const first = startServing();
    const before = first.connect('sotw');
    await bootClient(before);
    const versions = versionsOf(before);
    const other = startServing();
    for (const system of [first, other]) {
      const client = system.connect('sotw');
      for (const type of ['cds', 'lds'] as const) client.ask(type, { version: versions[type] });
      client.ask('rds', { names: ['r'], version: versions.rds }).ask('eds', { names: ['x', 'y'], version: versions.eds });
      expect(await ackAll(client)).toEqual(['eds']);
    }
    expect(other.eventsOf('acked').map(({ millis }) => millis)).toEqual([0, 0, 0, 0]);
  });

  it('sends only what changed while the client was away', async () => {
    const { connect, put } = startServing();
    const before = connect('sotw');
    await bootClient(before);
    const versions = versionsOf(before);
    before.stream.closed('cut');
    put(2, { ...FIRST, routes: { r: 'y1' } });
    const client = connect('sotw');
    for (const type of ['cds', 'lds'] as const) client.ask(type, { version: versions[type] });
    client.ask('rds', { names: ['r'], version: versions.rds });
    expect(await ackAll(client)).toEqual(['rds']);
  });

  it('keeps a cluster that left while the client was away until its routes have left it', async () => {
    const { connect, put } = startServing();
    const stays = connect('sotw');
    const before = connect('sotw');
    await bootClient(stays);
    await bootClient(before);
    const versions = versionsOf(before);
    before.stream.closed('cut');
    put(2, { ...FIRST, clusters: { y: '1', z: '1' }, routes: { r: 'z1' }, endpoints: ['y', 'z'] });
    await ackAll(stays);
    const client = connect('sotw');
    for (const type of ['cds', 'lds'] as const) client.ask(type, { version: versions[type] });
    client.ask('rds', { names: ['r'], version: versions.rds });
    await settled();
    expect(Object.keys(client.last('cds').resources).sort()).toEqual(['x', 'y', 'z']);
    await ackAll(client);
    expect(Object.keys(client.last('cds').resources).sort()).toEqual(['y', 'z']);
  });

  it('answers a warming client whose cluster the snapshot lacks', async () => {
    const { connect } = startServing();
    const client = connect('sotw')
      .ask('cds', { version: 'other' })
      .ask('eds', { names: ['gone'] });
    await ackAll(client);
    expect(Object.keys(client.last('cds').resources)).toEqual(['x', 'y']);
    expect(Object.values(client.last('eds').resources)).toEqual(['\n\x04gone']);
  });
});
