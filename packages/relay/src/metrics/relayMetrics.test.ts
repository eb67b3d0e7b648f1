import { CLUSTER_TYPE, LISTENER_TYPE } from '@meshwright/envoy-api';
import { beforeEach, expect, it } from 'vitest';
import type { ProxyStatusEvent } from '../ports.ts';
import { PROCESS_METRICS, RELAY_METRICS } from './catalogue.ts';
import type { Telemetry } from './openTelemetry.ts';
import { measureProcess } from './processMetrics.ts';
import { RelayMetrics } from './relayMetrics.ts';
import { startTelemetry } from './telemetry.ts';

const MESH = '123456789012/apps';

let now: number;
let telemetry: Telemetry;
let metrics: RelayMetrics;
beforeEach(async () => {
  now = 0;
  telemetry = await startTelemetry({ serviceName: 'tests' });
  metrics = new RelayMetrics({ meter: telemetry.meter, now: () => now, queueLength: () => 3 });
});

const from = (session: number, id = `mesh/apps/virtualNode/n${session}`) => ({
  session,
  peer: { address: '127.0.0.1:1', userAgent: '' },
  node: { id, cluster: '', envoyVersion: '1.40.0' },
});
const connect = (session: number, mesh = MESH): void =>
  metrics.take({ ...from(session), kind: 'connected', protocol: 'sotw', admission: { kind: 'proxy', mesh, proxy: 'virtualNode/a' } });
const sent = (session: number, sizeBytes = 100, typeUrl: string = CLUSTER_TYPE): void =>
  metrics.take({ ...from(session), kind: 'sent', typeUrl, version: 'v', snapshotVersion: '1.2.1', resourceCount: 1, sizeBytes });
const acked = (session: number, millis: number, snapshotVersion = '1.2.1', typeUrl: string = CLUSTER_TYPE): void =>
  metrics.take({ ...from(session), kind: 'acked', typeUrl, version: 'v', snapshotVersion, millis });
const rejected = (session: number): void =>
  metrics.take({ ...from(session), kind: 'rejected', typeUrl: LISTENER_TYPE, version: 'v', snapshotVersion: '1.2.1', message: 'no' });

/** Samples of one metric: labels → value. */
async function read(name: string): Promise<Record<string, number>> {
  const lines = (await telemetry.prometheus()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = '', value] = /^[a-z0-9_]+(?:\{(.*)\})? (.+)$/.exec(line) ?? [];
      return [labels, Number(value)];
    }),
  );
}

/** The same without what is at 0, where counters begin. */
async function counted(name: string): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await read(name)).filter(([, value]) => value !== 0));
}

it('counts from 0 whatever has no mesh, and with the first stream served what a mesh may go wrong by', async () => {
  expect(await read('meshwright_publications_total')).toEqual({
    'outcome="published"': 0,
    'outcome="unchanged"': 0,
    'outcome="refused"': 0,
    'outcome="failed"': 0,
  });
  expect(await read('meshwright_xds_streams_refused_total')).toEqual({ 'protocol="sotw"': 0, 'protocol="delta"': 0 });
  expect(await read('meshwright_xds_pushes_total')).toMatchObject({ 'type="route"': 0 });
  expect(await read('meshwright_xds_rejections_total')).toEqual({});
  connect(1);
  sent(1);
  expect(await read('meshwright_xds_rejections_total')).toMatchObject({
    [`mesh="${MESH}",type="cluster"`]: 0,
    [`mesh="${MESH}",type="listener"`]: 0,
  });
  expect(await read('meshwright_snapshots_unreadable_total')).toEqual({ [`mesh="${MESH}"`]: 0 });
});

it('counts what is sent, acknowledged and refused, by type, and the bytes', async () => {
  connect(1);
  sent(1, 100);
  sent(1, 50, LISTENER_TYPE);
  acked(1, 5);
  rejected(1);
  expect(await counted('meshwright_xds_pushes_total')).toEqual({ 'type="cluster"': 1, 'type="listener"': 1 });
  expect(await counted('meshwright_xds_sent_bytes_total')).toEqual({ 'type="cluster"': 100, 'type="listener"': 50 });
  expect(await counted('meshwright_xds_acks_total')).toEqual({ 'type="cluster"': 1 });
  expect(await read('meshwright_xds_ack_seconds_sum')).toEqual({ 'type="cluster"': 0.005 });
  expect(await counted('meshwright_xds_rejections_total')).toEqual({ [`mesh="${MESH}",type="listener"`]: 1 });
});

it('knows how many streams are open, and in which state', async () => {
  for (const session of [1, 2, 3]) connect(session);
  for (const session of [1, 2, 3]) sent(session);
  metrics.take({ ...from(2), kind: 'orphaned', reason: 'gone' });
  metrics.take({ ...from(3), kind: 'gone', reason: 'it left' });
  metrics.take({ ...from(4), kind: 'connected', protocol: 'delta', admission: { kind: 'unknown', reason: 'who' } });
  metrics.take({ ...from(5), kind: 'connected', protocol: 'delta', admission: { kind: 'refused', reason: 'no' } });
  const open = {
    [`mesh="${MESH}",protocol="sotw",state="served"`]: 1,
    [`mesh="${MESH}",protocol="sotw",state="orphaned"`]: 1,
    'mesh="other",protocol="delta",state="unknown"': 1,
  };
  expect(await read('meshwright_xds_streams')).toEqual(open);
  expect(await counted('meshwright_xds_streams_opened_total')).toEqual({ 'protocol="sotw"': 3, 'protocol="delta"': 2 });
  expect(await counted('meshwright_xds_streams_refused_total')).toEqual({ 'protocol="delta"': 1 });
  metrics.take({ ...from(2), kind: 'found', snapshotVersion: '1.2.1' });
  expect(await read('meshwright_xds_streams')).toMatchObject({ [`mesh="${MESH}",protocol="sotw",state="served"`]: 2 });
  expect(await read('meshwright_xds_push_queue_streams')).toEqual({ '': 3 });
});

it('measures from the oldest commit a version brings to the acknowledgement, of proxies that were there at the commit', async () => {
  connect(1);
  now = 1_000;
  metrics.written(MESH, 2n);
  now = 1_500;
  metrics.written(MESH, 3n);
  connect(2);
  now = 2_000;
  metrics.published(MESH, { epoch: 1, n: 3n, build: 1 }, 'published', 40);
  now = 3_000;
  acked(1, 10, '1.3.1');
  acked(2, 10, '1.3.1');
  expect(await read('meshwright_write_to_ack_seconds_sum')).toEqual({ 'type="cluster"': 2 });
  expect(await read('meshwright_write_to_ack_seconds_count')).toEqual({ 'type="cluster"': 1 });
  expect(await read('meshwright_compile_seconds_sum')).toEqual({ '': 0.04 });
});

it('counts a commit during a compile for the version after it', async () => {
  connect(1);
  metrics.written(MESH, 2n);
  now = 100;
  metrics.written(MESH, 3n);
  metrics.published(MESH, { epoch: 1, n: 2n, build: 1 }, 'published', 1);
  metrics.published(MESH, { epoch: 1, n: 3n, build: 1 }, 'published', 1);
  now = 200;
  acked(1, 1, '1.3.1');
  expect(await read('meshwright_write_to_ack_seconds_sum')).toEqual({ 'type="cluster"': 0.1 });
});

it('does not take a proxy that came back with what it would be sent for one that answered at once', async () => {
  connect(1);
  acked(1, 0);
  expect(await counted('meshwright_xds_adopted_total')).toEqual({ 'type="cluster"': 1 });
  expect(await counted('meshwright_xds_acks_total')).toEqual({});
});

it('tells outcomes of publications apart, and reads that failed', async () => {
  metrics.published(MESH, { epoch: 1, n: 1n, build: 1 }, 'unchanged', 1);
  metrics.notPublished('failed');
  metrics.notPublished('refused');
  metrics.take({ kind: 'snapshotUnreadable', mesh: 'nowhere', reason: 'away' });
  expect(await counted('meshwright_publications_total')).toEqual({
    'outcome="unchanged"': 1,
    'outcome="failed"': 1,
    'outcome="refused"': 1,
  });
  expect(await counted('meshwright_snapshots_unreadable_total')).toEqual({ 'mesh="other"': 1 });
});

it('has no more series when there are more proxies, and a bounded number when there are more meshes', async () => {
  const life = (session: number, mesh: string): void => {
    connect(session, mesh);
    sent(session);
    acked(session, 1);
    rejected(session);
  };
  const series = async (): Promise<number> => (await telemetry.prometheus()).split('\n').filter((line) => !/^(#|$)/.test(line)).length;
  life(0, MESH);
  const one = await series();
  for (let session = 1; session < 500; session += 1) life(session, MESH);
  expect(await series()).toBe(one);
  for (let session = 500; session < 1_500; session += 1) life(session, `123456789012/m${session}`);
  // 199 more meshes with a series of streams, five of refusals and one of reads that failed; and `other` with one of streams and one of refusals.
  expect(await series()).toBe(one + 199 * 7 + 2);
  expect(await read('meshwright_xds_streams')).toMatchObject({ 'mesh="other",protocol="sotw",state="served"': 801 });
});

it('has what the catalogue says, and nothing else', async () => {
  using _process = measureProcess(telemetry.meter);
  connect(1);
  connect(1, 'elsewhere');
  const events: readonly ProxyStatusEvent[] = [
    { ...from(9), kind: 'connected', protocol: 'sotw', admission: { kind: 'refused', reason: 'no' } },
    { kind: 'snapshotUnreadable', mesh: MESH, reason: 'away' },
    {
      ...from(9),
      kind: 'tooLarge',
      typeUrl: LISTENER_TYPE,
      version: 'v',
      snapshotVersion: '1.2.1',
      sizeBytes: 2,
      limitBytes: 1,
      withheld: true,
    },
  ];
  for (const event of events) metrics.take(event);
  metrics.written(MESH, 2n);
  metrics.published(MESH, { epoch: 1, n: 2n, build: 1 }, 'published', 1);
  sent(1);
  acked(1, 0);
  now = 1;
  connect(2);
  metrics.written(MESH, 3n);
  metrics.published(MESH, { epoch: 1, n: 3n, build: 1 }, 'published', 1);
  acked(2, 5, '1.3.1');
  rejected(1);
  // The event loop is looked at while it turns.
  await expect.poll(() => read('nodejs_eventloop_lag_max_seconds')).not.toEqual({});
  const told = [...(await telemetry.prometheus()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]);
  const expected = Object.values({ ...RELAY_METRICS, ...PROCESS_METRICS }).map(({ name, kind }) => [name, kind]);
  expect(told.filter(([name]) => name !== 'target_info').toSorted()).toEqual(expected.toSorted());
  for (const { name, unit, kind } of Object.values(RELAY_METRICS)) {
    expect(name.endsWith('_total'), name).toBe(kind === 'counter');
    if (unit === 's') expect(name).toMatch(/_seconds$/);
  }
});
