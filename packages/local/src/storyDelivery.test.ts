import { CLUSTER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import type { ProxyStatusEvent } from '@meshwright/relay';
import { beforeEach, describe, expect, it } from 'vitest';
import { Deliveries } from './storyDelivery.ts';

const MESH = '123456789012/apps';
const SIXTEEN_SECONDS = 16_000;

let now: number;
let timers: Set<{ readonly at: number; readonly callback: () => void }>;
let told: string[];
let deliveries: Deliveries;
beforeEach(() => {
  now = 0;
  timers = new Set();
  told = [];
  deliveries = new Deliveries({
    now: () => now,
    setTimer: (callback, millis) => {
      const timer = { at: now + millis, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    tell: ({ mesh, text }) => told.push(`${mesh} ${text}`),
  });
});

function pass(millis: number): void {
  now += millis;
  for (const timer of [...timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
    timers.delete(timer);
    timer.callback();
  }
}

/** A proxy and what happens to it. */
function proxy(session: number, id: string) {
  const base = { session, peer: { address: '', userAgent: '' }, node: { id, cluster: '', envoyVersion: '' } };
  const take = (event: object): void => deliveries.take({ ...base, ...event } as ProxyStatusEvent);
  const typed = (kind: string) => (typeUrl: string, n: number) =>
    take({ kind, typeUrl, version: 'v', snapshotVersion: `1.${n}.1`, resourceCount: 1, sizeBytes: 1, millis: 1, message: 'no' });
  take({ kind: 'connected', protocol: 'delta', admission: { kind: 'proxy', mesh: MESH, proxy: 'virtualNode/a' } });
  return { sent: typed('sent'), acked: typed('acked'), rejected: typed('rejected'), gone: () => take({ kind: 'gone', reason: 'cut' }) };
}
const publish = (n: number): void => deliveries.published(MESH, { epoch: 1, n: BigInt(n), build: 1 });

describe('a version on its way', () => {
  it('is told of once, when all that were sent something have answered, type after type', () => {
    const [a, b] = [proxy(1, 'a'), proxy(2, 'b')];
    publish(7);
    for (const each of [a, b]) each.sent(CLUSTER_TYPE, 7);
    pass(20);
    for (const each of [a, b]) each.acked(CLUSTER_TYPE, 7);
    pass(10);
    a.sent(ROUTE_TYPE, 7);
    pass(1_000);
    expect(told).toEqual([]);
    a.acked(ROUTE_TYPE, 7);
    pass(100);
    expect(told).toEqual([`${MESH} version 1.7.1 is with 2 proxies after 1030 ms`]);
    b.sent(ROUTE_TYPE, 7);
    b.acked(ROUTE_TYPE, 7);
    pass(SIXTEEN_SECONDS);
    expect(told).toHaveLength(1);
    expect(timers.size).toBe(0);
  });

  it('counts from when publishing it began', () => {
    const a = proxy(1, 'a');
    deliveries.published(MESH, { epoch: 1, n: 7n, build: 1 }, 30);
    a.sent(CLUSTER_TYPE, 7);
    pass(5);
    a.acked(CLUSTER_TYPE, 7);
    pass(100);
    expect(told).toEqual([`${MESH} version 1.7.1 is with 1 proxy after 35 ms`]);
  });

  it('names those who refused it', () => {
    const [a, b] = [proxy(1, 'a'), proxy(2, 'b')];
    publish(7);
    for (const each of [a, b]) each.sent(CLUSTER_TYPE, 7);
    a.acked(CLUSTER_TYPE, 7);
    b.rejected(CLUSTER_TYPE, 7);
    pass(100);
    expect(told).toEqual([`${MESH} version 1.7.1 is with 1 proxy after 0 ms, 1 refused it: b`]);
  });

  it('names those who do not answer, the first of many, and is told of all the same when they do', () => {
    const proxies = Array.from({ length: 7 }, (_, session) => proxy(session, `n${session}`));
    publish(7);
    for (const each of proxies) each.sent(CLUSTER_TYPE, 7);
    pass(SIXTEEN_SECONDS);
    expect(told).toEqual([`${MESH} version 1.7.1 has no answer after 15 s from 7 of 7 proxies: n0, n1, n2, n3, n4, 2 more`]);
    for (const each of proxies.slice(1)) each.acked(CLUSTER_TYPE, 7);
    proxies[0]?.gone();
    pass(100);
    expect(told[1]).toBe(`${MESH} version 1.7.1 is with 6 proxies after 16000 ms`);
  });

  it('gives way to a newer one', () => {
    const a = proxy(1, 'a');
    publish(7);
    a.sent(CLUSTER_TYPE, 7);
    publish(8);
    a.acked(CLUSTER_TYPE, 7);
    pass(100);
    expect(told).toEqual([]);
    a.sent(CLUSTER_TYPE, 8);
    proxy(2, 'behind').sent(CLUSTER_TYPE, 7);
    a.acked(CLUSTER_TYPE, 8);
    pass(SIXTEEN_SECONDS);
    expect(told).toEqual([`${MESH} version 1.8.1 is with 1 proxy after 100 ms`]);
  });

  it('is not told of where it changes nobody who is connected, whoever comes later', () => {
    publish(7);
    pass(1_000);
    const late = proxy(1, 'late');
    late.sent(CLUSTER_TYPE, 7);
    late.acked(CLUSTER_TYPE, 7);
    pass(SIXTEEN_SECONDS);
    expect(told).toEqual([]);
    expect(timers.size).toBe(0);
  });
});
