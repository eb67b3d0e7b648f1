import { describe, expect, it } from 'vitest';
import { ackAll, bootClient, FIRST, startServing } from './testing/boot.ts';
import { settled } from './testing/harness.ts';

describe('delta', () => {
  it('sends what changed, with the hash of each resource and of the whole', async () => {
    const { connect, put } = startServing();
    const client = connect('delta');
    await bootClient(client);
    put(2, { ...FIRST, clusters: { x: '1', y: '2' } });
    await settled();
    expect(client.take().map(({ type, resources, removed }) => ({ type, resources, removed }))).toEqual([
      { type: 'cds', resources: { y: 'y=2' }, removed: [] },
      { type: 'eds', resources: { y: 'y=10.0.0.1' }, removed: [] },
    ]);
  });

  it('takes an empty first subscription as everything, * too, and an empty one after names as nothing', async () => {
    const { connect } = startServing();
    const client = connect('delta').ask('lds');
    const star = connect('delta').ask('cds', { names: ['*'] });
    const named = connect('delta')
      .ask('cds', { names: ['y'] })
      .ask('cds');
    await settled();
    expect(Object.keys(star.last('cds').resources)).toEqual(['x', 'y']);
    expect(Object.keys(named.last('cds').resources)).toEqual(['y']);
    expect(client.received).toEqual([]);
  });

  it('answers a name dropped while * stays with the resource, or with its removal', async () => {
    const { connect } = startServing();
    const client = connect('delta').ask('cds');
    await ackAll(client);
    client.ask('cds', { unsubscribe: ['x', 'nowhere'] });
    await settled();
    expect(client.last('cds')).toMatchObject({ resources: { x: 'x=1' }, removed: ['nowhere'] });
  });

  it('drops what only * covered when * is dropped', async () => {
    const { connect, put } = startServing();
    const client = connect('delta').ask('cds', { names: ['*', 'x'] });
    await ackAll(client);
    client.ask('cds', { unsubscribe: ['*'] });
    put(2, { ...FIRST, clusters: { x: '1', y: '2' } });
    await settled();
    expect(client.take()).toEqual([]);
  });

  it('tells of an unknown name once, remembers it, and delivers it when it appears', async () => {
    const { connect, put } = startServing();
    const client = connect('delta')
      .ask('cds')
      .ask('rds', { names: ['later'] });
    await ackAll(client);
    expect(client.last('rds')).toMatchObject({ resources: {}, removed: ['later'] });
    expect(client.received.filter(({ type }) => type === 'rds')).toHaveLength(1);
    put(2, { ...FIRST, routes: { r: 'x1', later: '1' } });
    await settled();
    expect(client.last('rds')).toMatchObject({ resources: { later: 'later=1' }, removed: [] });
  });

  it('sends a name again that is subscribed again', async () => {
    const { connect } = startServing();
    const client = connect('delta').ask('eds', { names: ['x', 'y'] });
    await ackAll(client);
    client.ask('eds', { unsubscribe: ['y'] }).ask('eds', { names: ['y'] });
    await settled();
    expect(client.take().map(({ resources }) => resources)).toEqual([{ y: 'y=10.0.0.1' }]);
  });

  it('removes a cluster and only then says so of its endpoints', async () => {
    const { connect, put } = startServing();
    const client = connect('delta');
    await bootClient(client);
    put(2, { ...FIRST, clusters: { y: '1' }, endpoints: ['y'] });
    await settled();
    expect(client.take().map(({ type, removed }) => [type, removed])).toEqual([['cds', ['x']]]);
    client.ack('cds');
    await settled();
    expect(client.take().map(({ type, removed }) => [type, removed])).toEqual([['eds', ['x']]]);
  });

  it('says nothing more of endpoints that were unsubscribed with their cluster', async () => {
    const { connect, put } = startServing();
    const client = connect('delta');
    await bootClient(client);
    put(2, { ...FIRST, clusters: { y: '1' }, endpoints: ['y'] });
    await settled();
    client.ask('eds', { unsubscribe: ['x'] });
    expect(await ackAll(client)).toEqual(['cds']);
  });

  it('takes back what was refused once it is not wanted any more, for Envoy may have applied it all the same', async () => {
    const { connect, put } = startServing();
    const client = connect('delta');
    await bootClient(client);
    put(2, { ...FIRST, listeners: { l: '1', good: '1', bad: '1' } });
    await settled();
    client.nack('lds').take();
    put(3, FIRST);
    await settled();
    expect(client.take()).toMatchObject([{ type: 'lds', resources: {}, removed: ['good', 'bad'] }]);
    client.ack('lds');
    await settled();
    expect(client.take()).toEqual([]);
  });

  it('leaves no listener warming: routes asked before, between and after listener versions', async () => {
    const { connect, put } = startServing();
    const client = connect('delta')
      .ask('cds')
      .ask('rds', { names: ['r'] });
    await ackAll(client);
    expect(client.last('rds').resources).toEqual({ r: 'r=x1' });
    client.ask('lds');
    await ackAll(client);
    for (const edition of ['2', '3']) {
      put(Number(edition), { ...FIRST, listeners: { l: edition } });
      expect(await ackAll(client)).toEqual(['lds']);
      client.ask('rds', { names: ['r'] });
      expect(await ackAll(client)).toEqual(['rds']);
      expect(client.last('rds').resources).toEqual({ r: 'r=x1' });
    }
  });

  it('shares one buffer between streams that hold and want the same', async () => {
    const { connect, put } = startServing();
    const [a, b] = [connect('delta'), connect('delta')];
    await bootClient(a);
    await bootClient(b);
    put(2, { ...FIRST, routes: { r: 'y1' } });
    await settled();
    expect(a.last('rds').body).toBe(b.last('rds').body);
  });
});

describe('delta, reconnecting', () => {
  it('skips equal versions of wildcard types and sends named ones again', async () => {
    const { connect, endpoints } = startServing();
    const versions = (kind: 'clusters' | 'listeners') => versionsOf(connect, kind);
    const [clusters, listeners] = [await versions('clusters'), await versions('listeners')];
    const client = connect('delta').ask('cds', { versions: clusters }).ask('lds', { versions: listeners });
    client.ask('eds', { names: ['x'], versions: { x: endpoints.current('', { service: 'x' })?.version ?? '' } });
    client.ask('rds', { names: ['r'], versions: { r: 'whatever' } });
    expect(await ackAll(client)).toEqual(['eds', 'rds']);
  });

  it('removes what is gone meanwhile, once the routes are current', async () => {
    const { connect } = startServing();
    const held = await versionsOf(connect, 'clusters');
    const client = connect('delta').ask('cds', { versions: { ...held, gone: 'old' } });
    client.ask('lds', { versions: await versionsOf(connect, 'listeners') }).ask('rds', { names: ['r'] });
    expect(await ackAll(client)).toEqual(['rds', 'cds']);
    expect(client.last('cds')).toMatchObject({ resources: {}, removed: ['gone'] });
  });

  it('ends the warming of a cluster the snapshot lacks by a removal', async () => {
    const { connect } = startServing();
    const client = connect('delta')
      .ask('cds', { versions: { gone: 'old' } })
      .ask('eds', { names: ['gone'] });
    await ackAll(client);
    expect(client.last('cds').resources).toEqual({ x: 'x=1', y: 'y=1' });
    expect(client.last('eds')).toMatchObject({ resources: {}, removed: ['gone'] });
  });
});

/** Versions as a client that runs the current snapshot would report them. */
async function versionsOf(
  connect: ReturnType<typeof startServing>['connect'],
  kind: 'clusters' | 'listeners',
): Promise<Record<string, string>> {
  const client = connect('delta').ask('cds').ask('lds');
  await ackAll(client);
  const { versions } = client.last(kind === 'clusters' ? 'cds' : 'lds');
  client.stream.closed('seen enough');
  return { ...versions };
}
