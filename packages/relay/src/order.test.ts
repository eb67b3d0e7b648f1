import { describe, expect, it } from 'vitest';
import { bootClient, FIRST, startServing } from './testing/boot.ts';
import { settled } from './testing/harness.ts';

describe.each(['sotw', 'delta'] as const)('push order, %s', (protocol) => {
  it('sends CDS, EDS, LDS, RDS whatever order the requests come in', async () => {
    const { connect } = startServing();
    const client = connect(protocol)
      .ask('rds', { names: ['r'] })
      .ask('lds')
      .ask('eds', { names: ['x', 'y'] })
      .ask('cds');
    await settled();
    expect(client.takeTypes()).toBe('cds eds');
    client.ack('cds');
    await settled();
    expect(client.takeTypes()).toBe('lds rds');
  });

  it('sends an update of all types as CDS, EDS, LDS, RDS', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { clusters: { x: '2', y: '2' }, listeners: { l: '2' }, routes: { r: 'x2' }, endpoints: ['x', 'y'] });
    await settled();
    expect(client.takeTypes()).toBe('cds eds');
    client.ack('cds').ack('eds');
    await settled();
    expect(client.takeTypes()).toBe('lds rds');
  });

  it('lets routes wait for the acknowledgement of a new cluster, but not longer than the bound', async () => {
    const { connect, put, time } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { x: '1', y: '1', z: '1' }, routes: { r: 'z1' } });
    await time.advance(14_999);
    expect(client.takeTypes()).toBe('cds');
    await time.advance(1);
    expect(client.takeTypes()).toBe('rds');
  });

  it('does not let a late acknowledgement stop the route changes after the next', async () => {
    const { connect, put, time } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { x: '1', y: '1', z: '1' } });
    await time.advance(20_000);
    put(3, { ...FIRST, clusters: { x: '1', y: '1', z: '1' }, routes: { r: 'y1' } });
    await settled();
    expect(client.takeTypes()).toBe('cds rds');
  });

  it('sends again with newer content what was never answered, for its refusal would be stale', async () => {
    const { connect, put, time } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { x: '2', y: '1' } });
    await time.advance(20_000);
    const overdue = client.last('cds');
    put(3, { ...FIRST, clusters: { x: '2', y: '1', z: '1' } });
    await settled();
    expect(client.last('cds').resources).toMatchObject({ x: 'x=2', z: 'z=1' });
    client.ask('cds', { nonce: overdue.nonce, error: 'no' }).ack('cds');
    await settled();
    expect(client.take().filter(({ type }) => type === 'cds')).toHaveLength(2);
  });

  it('serves a client that never asks for clusters, after a moment in which it might', async () => {
    const { connect, time } = startServing({ clusterRequestWaitMillis: 1_000 });
    const client = connect(protocol)
      .ask('lds')
      .ask('rds', { names: ['r'] });
    await time.advance(999);
    expect(client.received).toEqual([]);
    await time.advance(1);
    expect(client.takeTypes()).toBe('lds rds');
  });

  it('replaces clusters that are not acknowledged by newer ones after the bound', async () => {
    const { connect, put, time } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { x: '1', y: 'unresolved' } });
    await settled();
    put(3, { ...FIRST, clusters: { x: '1', y: 'mended' } });
    await time.advance(14_999);
    expect(client.last('cds').resources).toMatchObject({ y: 'y=unresolved' });
    await time.advance(1);
    expect(client.last('cds').resources).toMatchObject({ y: 'y=mended' });
  });

  it('keeps a cluster that leaves until the newer routes are acknowledged', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { y: '1', z: '1' }, routes: { r: 'z1' }, endpoints: ['y', 'z'] });
    await settled();
    const added = client.take();
    expect(added.map(({ type }) => type)).toEqual(['cds']);
    expect(Object.keys(added[0]?.resources ?? {}).sort()).toEqual(protocol === 'sotw' ? ['x', 'y', 'z'] : ['z']);
    expect(added[0]?.removed).toEqual([]);
    client.ack('cds');
    await settled();
    expect(client.takeTypes()).toBe('rds');
    client.ack('rds');
    await settled();
    const [last] = client.take();
    expect(last?.type).toBe('cds');
    expect(protocol === 'sotw' ? Object.keys(last?.resources ?? {}).sort() : last?.removed).toEqual(
      protocol === 'sotw' ? ['y', 'z'] : ['x'],
    );
  });

  it('goes on telling the endpoints of a cluster that is about to leave', async () => {
    const { connect, put, endpoints } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { y: '1' }, routes: { r: 'y1' }, endpoints: ['y'] });
    await settled();
    expect(client.takeTypes()).toBe('rds');
    endpoints.set('x', '10.0.0.2');
    await settled();
    expect(client.take().map(({ resources }) => resources)).toEqual([{ x: 'x=10.0.0.2' }]);
  });

  it('keeps a cluster while the routes that would free it are refused', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { y: '1' }, routes: { r: 'bad' }, endpoints: ['y'] });
    await settled();
    client.nack('rds');
    await settled();
    expect(client.takeTypes()).toBe('rds');
    put(3, { ...FIRST, clusters: { y: '1' }, routes: { r: 'y1' }, endpoints: ['y'] });
    await settled();
    expect(client.takeTypes()).toBe('rds');
    client.ack('rds');
    await settled();
    expect(client.takeTypes()).toBe('cds');
  });

  it('re-sends the endpoints of a changed cluster unasked, with a fresh nonce, once', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    const before = client.last('eds');
    put(2, { ...FIRST, clusters: { x: '2', y: '1' } });
    await settled();
    expect(client.takeTypes()).toBe('cds eds');
    const again = client.last('eds');
    expect(Object.keys(again.resources)).toEqual(['x']);
    expect(again.nonce).not.toBe(before.nonce);
    // What Envoy does in state of the world: the same request as its last acknowledgement.
    if (protocol === 'sotw') client.ack(before);
    await settled();
    client.ack('cds').ack('eds');
    await settled();
    client.ack('eds');
    await settled();
    expect(client.takeTypes()).toBe('');
  });
});

describe.each(['sotw', 'delta'] as const)('who reconnects on the way from one version to the next, %s', (protocol) => {
  it('keeps the endpoints of a cluster that its routes still use', async () => {
    const { connect, put } = startServing();
    const client = connect(protocol);
    await bootClient(client);
    put(2, { ...FIRST, clusters: { x: '2' }, listeners: { l: '2' }, endpoints: ['x'] });
    await settled();
    const { version, versions } = client.last('cds');
    client.stream.closed('cut');
    // It took the clusters and nothing else: its routes are those of the first version.
    const again = connect(protocol)
      .ask('cds', protocol === 'sotw' ? { version } : { versions: { y: 'of the first', ...versions } })
      .ask('eds', { names: ['x', 'y'] });
    await settled();
    expect(again.last('eds').resources).toEqual({ x: 'x=10.0.0.1', y: 'y=10.0.0.1' });
  });
});
