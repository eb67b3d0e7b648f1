import { constants } from 'node:http2';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { CLUSTER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { DiscoveryRequestSchema } from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';
import { MemorySnapshots } from '@meshwright/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handMadeSnapshot, PROXY } from './handMadeMesh.ts';
import { ManualTime } from './manualTime.ts';
import { endOf, framed, HEALTH_CHECK, RawClient, type RawEnd, SOTW } from './rawClient.ts';
import { publish, startRelay, TRANSPORTS } from './relayUnderTest.ts';

const MINUTE = 60_000;
// Minutes pass here in no time: no ping would be answered in time.
const settings = { keepaliveMillis: 1_000 * MINUTE };
const PROXIES = 60;
const requestOf = (request: MessageInitShape<typeof DiscoveryRequestSchema>): Buffer =>
  framed(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, request)));
const REQUEST = requestOf({ typeUrl: CLUSTER_TYPE, node: { id: PROXY } });
/** A proxy with one stream. */
interface Proxied {
  readonly client: RawClient;
  readonly ended: { value?: RawEnd };
  readonly isOver: Promise<RawEnd>;
  readonly served: Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Far from chance, evenly over everything from 0 to 1. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

describe.each(TRANSPORTS)('streams that end so that proxies move on, by %s', (transport) => {
  let time: ManualTime;
  let snapshots: MemorySnapshots;
  let started: Awaited<ReturnType<typeof startRelay>>;
  let proxies: Proxied[];

  beforeEach(async () => {
    time = new ManualTime();
    proxies = [];
    let drawn = 0;
    const random = (): number => (drawn++ * GOLDEN) % 1;
    snapshots = new MemorySnapshots();
    await publish(snapshots, handMadeSnapshot({ n: 1, fixedPort: 1, routeTo: 'fixed' }));
    started = await startRelay({ snapshots, transport, random, now: time.now, setTimer: time.setTimer, settings });
  });
  afterEach(async () => {
    for (const { client } of proxies) client.close();
    const closed = started.relay.close(0);
    time.advance(MINUTE);
    await closed;
  });

  /** A proxy with one stream, served. */
  function connect(): Proxied {
    const client = new RawClient(started.port);
    const stream = client.open(SOTW);
    const ended: { value?: RawEnd } = {};
    const isOver = endOf(stream).then((end) => {
      ended.value = end;
      return end;
    });
    const served = new Promise<void>((resolve) => stream.once('data', () => resolve()));
    stream.once('trailers', () => stream.end());
    stream.write(REQUEST);
    const proxy = { client, ended, isOver, served };
    proxies.push(proxy);
    return proxy;
  }

  const gone = (): number => started.log.ofKind('gone').length;

  it('end with status 0 between 24 and 36 minutes, evenly, so that nobody is overrun', async () => {
    const fleet = Array.from({ length: PROXIES }, connect);
    await Promise.all(fleet.map(({ served }) => served));
    const perMinute: number[] = [];
    for (let minute = 1; minute <= 37; minute += 1) {
      const before = gone();
      for (let step = 0; step < 6; step += 1) {
        time.advance(MINUTE / 6);
        // What was ended is over before its connection would be cut.
        while (fleet.filter(({ ended }) => ended.value !== undefined).length < gone()) await turn();
      }
      perMinute.push(gone() - before);
    }
    expect(perMinute.slice(0, 23).every((count) => count === 0)).toBe(true);
    expect(gone()).toBe(PROXIES);
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(PROXIES / 6);
    for (const { isOver } of fleet) expect(await isOver).toMatchObject({ grpc: status.OK });
  });

  it('end with status 0 within the time a relay takes to shut down, spread over it, and announced', async () => {
    const fleet = Array.from({ length: PROXIES }, connect);
    await Promise.all(fleet.map(({ served }) => served));
    const closed = started.relay.close(5_000, 30_000);
    const perSecond: number[] = [];
    for (let second = 1; second <= 30; second += 1) {
      const before = gone();
      time.advance(1_000);
      perSecond.push(gone() - before);
    }
    expect(gone()).toBe(PROXIES);
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(PROXIES / 10);
    for (const { isOver, client } of fleet) {
      expect(await isOver).toMatchObject({ grpc: status.OK });
      await client.closed;
      expect(client.goaway).toBe(constants.NGHTTP2_NO_ERROR);
    }
    await closed;
  });

  it('are not in the way of a relay that shuts down at once', async () => {
    const { served, isOver } = connect();
    await served;
    const closed = started.relay.close(1_000);
    expect(await isOver).toMatchObject({ grpc: status.OK });
    await closed;
  });

  it('leave nothing behind after 1,000 connections that came and went', { timeout: 60_000 }, async () => {
    const first = connect();
    await first.served;
    first.client.close();
    await started.log.until('it is gone', () => gone() === 1);
    time.advance(11 * MINUTE);
    const before = time.pending;
    for (let batch = 0; batch < 10; batch += 1) {
      const fleet = Array.from({ length: 100 }, connect);
      await Promise.all(fleet.map(({ served }) => served));
      for (const { client } of fleet) client.close();
      await started.log.until('all are gone', () => gone() === 1 + (batch + 1) * 100);
      proxies = [];
    }
    // The mesh that nobody asks for any more is released.
    time.advance(11 * MINUTE);
    expect(time.pending).toBe(before);
    const client = new RawClient(started.port);
    expect(await client.call(HEALTH_CHECK)).toMatchObject({ grpc: status.OK });
    client.close();
  });

  it('are cut when their client leaves what it is sent unread for a minute, and others are not', async () => {
    await publish(snapshots, handMadeSnapshot({ n: 2, fixedPort: 1, routeTo: 'fixed', paddingBytes: 1_000_000 }));
    const other = connect();
    await other.served;
    const slow = new RawClient(started.port);
    const stream = slow.open(SOTW);
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    stream.on('close', resolve);
    stream.write(requestOf({ typeUrl: ROUTE_TYPE, resourceNames: ['routes'], node: { id: PROXY } }));
    await started.log.until('it is known', (log) => log.ofKind('connected').length === 2);
    // So long routes wait for a request for clusters.
    time.advance(1_000);
    await started.log.until('it is sent its routes', (log) => log.ofKind('sent').some(({ typeUrl }) => typeUrl === ROUTE_TYPE));
    time.advance(59_000);
    expect(gone()).toBe(0);
    time.advance(1_000);
    await cut;
    await started.log.until('it is over', () => gone() === 1);
    expect(other.ended.value).toBeUndefined();
    slow.close();
  });
});
