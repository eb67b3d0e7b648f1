import { describe, expect, it } from 'vitest';
import type { PeerInfo } from './ports.ts';
import { ackAll, bootClient, FIRST, startServing } from './testing/boot.ts';
import { settled } from './testing/harness.ts';

const MIB = 1024 * 1024;
const GOOGLE_GRPC: PeerInfo = { address: '10.0.0.7:41000', userAgent: 'grpc-c++/1.59.4 grpc-c/36.0.0 (linux; chttp2)' };
const ENVOY_GRPC: PeerInfo = { address: '10.0.0.8:41000', userAgent: '' };
const UNIX: PeerInfo = { address: 'unix:', userAgent: GOOGLE_GRPC.userAgent };

describe.each(['sotw', 'delta'] as const)('data planes, %s', (protocol) => {
  it('are told of before 4 MiB of a type, and spared more where google_grpc would refuse it for ever; others are served', async () => {
    const { connect, put, eventsOf } = startServing();
    const [limited, other] = [connect(protocol, 'virtualNode/a', GOOGLE_GRPC), connect(protocol, 'virtualNode/a', ENVOY_GRPC)];
    for (const client of [limited, other]) await bootClient(client);
    const routes = (n: number, mib: number) => ({ ...FIRST, routes: { r: String(n).padEnd(mib * MIB, '.') } });
    put(2, routes(2, 2.9));
    for (const client of [limited, other]) expect(await ackAll(client)).toEqual(['rds']);
    expect(eventsOf('tooLarge')).toEqual([]);
    put(3, routes(3, 3.1));
    for (const client of [limited, other]) expect(await ackAll(client)).toEqual(['rds']);
    expect(eventsOf('tooLarge')).toMatchObject([{ session: 1, withheld: false, limitBytes: 4 * MIB }]);
    put(4, routes(4, 4.1));
    expect(await ackAll(other)).toEqual(['rds']);
    limited.ask('rds', { names: ['r'], nonce: limited.last('rds').nonce });
    expect(await ackAll(limited)).toEqual([]);
    expect(eventsOf('tooLarge').slice(1)).toMatchObject([{ session: 1, withheld: true, snapshotVersion: '1.4.1' }]);
    expect(eventsOf('tooLarge')[1]?.sizeBytes).toBeGreaterThan(4 * MIB);
    // Everything else goes on, and so does this type when it fits again.
    put(5, { ...routes(5, 4.1), listeners: { l: '2' } });
    expect(await ackAll(limited)).toEqual(['lds']);
    put(6, { ...routes(6, 1), listeners: { l: '2' } });
    expect(await ackAll(limited)).toEqual(['rds']);
  });

  it('hear of no route to clusters that they could not be sent', async () => {
    const { connect, put, time } = startServing();
    const limited = connect(protocol, 'virtualNode/a', GOOGLE_GRPC);
    await bootClient(limited);
    put(2, { ...FIRST, clusters: { x: '1', y: '1', z: '.'.repeat(5 * MIB) }, routes: { r: 'z' } });
    await time.advance(60_000);
    expect(limited.takeTypes()).toBe('');
    put(3, { ...FIRST, clusters: { x: '1', y: '1', z: '1' }, routes: { r: 'z' } });
    expect(await ackAll(limited)).toEqual(['cds', 'rds']);
  });

  it('that come by a unix socket and ask for the endpoints of their local_cluster are told there are none, at once', async () => {
    const { connect } = startServing();
    const client = connect(protocol, 'virtualNode/a', UNIX).ask('eds', { names: ['local_cluster'] });
    await settled();
    const [answer, ...more] = client.take();
    expect(more).toEqual([]);
    // Either ends the warming: an assignment without endpoints, or in delta the word that there is none.
    if (protocol === 'sotw') expect(Object.values(answer?.resources ?? {})).toEqual(['\n\rlocal_cluster']);
    else expect(answer).toMatchObject({ resources: {}, removed: ['local_cluster'] });
    client.ack('eds').ask('cds');
    expect(await ackAll(client)).toEqual(['cds']);
  });

  it('get no resource that expires and hear nothing while nothing changes, whether they announce that they understand such or not', async () => {
    const { connect, time } = startServing();
    const [announcing, plain] = [connect(protocol), connect(protocol)];
    announcing.ask('cds', { features: ['xds.config.supports-resource-ttl', 'xds.config.supports-resource-in-sotw'] });
    plain.ask('cds');
    for (const client of [announcing, plain]) await ackAll(client);
    // The same bytes: with a time to live they would differ.
    expect(announcing.last('cds').body).toBe(plain.last('cds').body);
    await time.advance(3_600_000);
    expect([announcing.takeTypes(), plain.takeTypes(), announcing.ended]).toEqual(['', '', undefined]);
  });

  it('are told of without their credentials', async () => {
    const planted = 'AWS4-HMAC-SHA256 Credential=AKIDPLANTED';
    // A transport may hand more of a call to whoever authenticates it.
    const peer = { ...ENVOY_GRPC, authorization: planted, headers: { 'x-amz-security-token': planted } };
    const { connect, events, put } = startServing();
    const client = connect(protocol, 'virtualNode/a', peer);
    await bootClient(client);
    put(2, { ...FIRST, listeners: { l: '2' } });
    await settled();
    client.nack('lds').ask('lds', { node: 'virtualNode/b' });
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['connected', 'sent', 'acked', 'rejected', 'gone']));
    expect(JSON.stringify(events)).not.toContain('PLANTED');
  });
});
