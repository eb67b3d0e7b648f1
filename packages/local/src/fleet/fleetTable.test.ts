import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE } from '@meshwright/envoy-api';
import type { Admission, ProxyStatusEvent } from '@meshwright/relay';
import { beforeEach, describe, expect, it } from 'vitest';
import { FleetTable } from './fleetTable.ts';
import type { LaterEvent } from './sessionStatus.ts';

const MESH = { owner: '123456789012', mesh: 'apps' };
const ALL = { limit: 100 };
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const SERVED: Admission = { kind: 'proxy', mesh: '123456789012/apps', proxy: 'virtualNode/a/b' };

let now: number;
let fleet: FleetTable;
beforeEach(() => {
  now = START;
  fleet = new FleetTable(() => now);
});

type Told = LaterEvent extends infer Event ? (Event extends LaterEvent ? Omit<Event, 'session' | 'peer' | 'node'> : never) : never;

/** A stream and what happens to it. */
function stream(session: number, { id = 'mesh/apps/virtualNode/a/b', address = `10.0.0.1:${session}`, admission = SERVED } = {}) {
  const base = { session, peer: { address, userAgent: '' }, node: { id, cluster: '', envoyVersion: '1.40.0' } };
  fleet.take({ ...base, kind: 'connected', protocol: 'delta', admission });
  return { tell: (event: Told): void => fleet.take({ ...base, ...event } as ProxyStatusEvent) };
}

const sent = (typeUrl: string, version: string): Told => ({
  kind: 'sent',
  typeUrl,
  version,
  snapshotVersion: '1.7.1',
  resourceCount: 2,
  sizeBytes: 90,
});
const acked = (typeUrl: string, version: string): Told => ({ kind: 'acked', typeUrl, version, snapshotVersion: '1.7.1', millis: 12.4 });
const rejected = (typeUrl: string, message: string): Told => ({
  kind: 'rejected',
  typeUrl,
  version: 'v',
  snapshotVersion: '1.7.1',
  message,
});
const proxies = async () => (await fleet.proxies(MESH, ALL)).items;
const states = async () => (await proxies()).map(({ state }) => state);

describe('the status of a proxy', () => {
  it('tells who it is, what it was sent, and what it said', async () => {
    const { tell } = stream(3);
    tell(sent(CLUSTER_TYPE, 'c1'));
    now += 1_000;
    tell(acked(CLUSTER_TYPE, 'c1'));
    tell(sent(LISTENER_TYPE, 'l1'));
    tell(rejected(LISTENER_TYPE, 'cannot bind'));
    const exchange = { snapshotVersion: '1.7.1', at: '2026-01-01T00:00:01.000Z' };
    expect(await proxies()).toEqual([
      {
        id: '3',
        nodeId: 'mesh/apps/virtualNode/a/b',
        address: '10.0.0.1:3',
        envoyVersion: '1.40.0',
        protocol: 'delta',
        connectedAt: '2026-01-01T00:00:00.000Z',
        meshName: 'apps',
        meshOwner: '123456789012',
        kind: 'virtualNode',
        name: 'a/b',
        state: 'REJECTED',
        types: [
          {
            type: 'CDS',
            state: 'SYNCED',
            sent: { ...exchange, version: 'c1', at: '2026-01-01T00:00:00.000Z', resourceCount: 2, sizeBytes: 90 },
            acked: { ...exchange, version: 'c1', millis: 12 },
          },
          { type: 'EDS', state: 'NOT_SENT' },
          {
            type: 'LDS',
            state: 'REJECTED',
            sent: { ...exchange, version: 'l1', resourceCount: 2, sizeBytes: 90 },
            rejected: { ...exchange, version: 'v', message: 'cannot bind' },
          },
          { type: 'RDS', state: 'NOT_SENT' },
        ],
      },
    ]);
  });

  it('goes from NOT_SENT over STALE, REJECTED and SYNCED to ORPHANED, back, and OFFLINE', async () => {
    const { tell } = stream(1);
    expect(await states()).toEqual(['NOT_SENT']);
    tell(sent(CLUSTER_TYPE, 'c1'));
    expect(await states()).toEqual(['STALE']);
    tell(rejected(CLUSTER_TYPE, 'no'));
    tell(sent(ENDPOINT_TYPE, 'e1'));
    expect(await states()).toEqual(['REJECTED']);
    tell(acked(ENDPOINT_TYPE, 'e1'));
    tell(sent(CLUSTER_TYPE, 'c2'));
    tell(acked(CLUSTER_TYPE, 'c2'));
    expect(await states()).toEqual(['SYNCED']);
    expect((await proxies())[0]?.types[0]?.rejected?.message).toBe('no');
    tell({ kind: 'orphaned', reason: 'deleted' });
    expect((await proxies())[0]).toMatchObject({ state: 'ORPHANED', reason: 'deleted' });
    tell({ kind: 'found', snapshotVersion: '1.9.1' });
    expect((await proxies())[0]).not.toHaveProperty('reason');
    expect(await states()).toEqual(['SYNCED']);
    now += 5_000;
    tell({ kind: 'gone', reason: 'cut' });
    expect((await proxies())[0]).toMatchObject({ state: 'OFFLINE', reason: 'cut', disconnectedAt: '2026-01-01T00:00:05.000Z' });
  });

  it('is SYNCED with nothing sent when it came with the very version', async () => {
    stream(1).tell(acked(CLUSTER_TYPE, 'c1'));
    expect(await states()).toEqual(['SYNCED']);
    expect((await proxies())[0]?.types[0]).not.toHaveProperty('sent');
  });
});

describe('a fleet', () => {
  it('is told of mesh by mesh, in pages that neither repeat nor leave out a stream', async () => {
    const names = ['b', 'a', 'c', 'a', 'a'];
    for (const [session, name] of names.entries()) stream(session, { id: `mesh/apps/virtualNode/${name}` });
    stream(9, { admission: { kind: 'proxy', mesh: '123456789012/shop', proxy: 'virtualNode/a' } });
    const seen: string[] = [];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Awaited<ReturnType<FleetTable['proxies']>> = await fleet.proxies(MESH, { limit: 2, ...(after !== '' && { after }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(seen).toEqual(['1', '3', '4', '0', '2']);
    expect(await fleet.proxies({ ...MESH, mesh: 'shop' }, ALL)).toMatchObject({ items: [{ meshName: 'shop' }] });
  });

  it('has no last page without a stream', async () => {
    for (const session of [1, 2]) stream(session);
    expect(await fleet.proxies(MESH, { limit: 2 })).not.toHaveProperty('next');
  });

  it('tells of ended streams for an hour, and of a thousand at most', async () => {
    for (let session = 0; session < 1_001; session += 1) stream(session, { id: `n${session}` }).tell({ kind: 'gone', reason: 'cut' });
    stream(2_000);
    expect(await proxies()).toHaveLength(100);
    const { items } = await fleet.proxies(MESH, { limit: 5_000 });
    expect(items).toHaveLength(1_001);
    expect(items.map(({ id }) => id)).not.toContain('0');
    now += HOUR;
    expect(await states()).toEqual(['NOT_SENT']);
  });

  it('has one row for a proxy that is cut and comes back, and as many as there are replicas', async () => {
    for (let session = 0; session < 50; session += 1) stream(session).tell({ kind: 'gone', reason: 'cut' });
    expect(await states()).toEqual(['OFFLINE']);
    stream(50);
    stream(51, { address: '10.0.0.2:1' });
    expect(await states()).toEqual(['NOT_SENT', 'NOT_SENT']);
  });
});

describe('streams that get nothing', () => {
  it('are told of with the reason, whichever mesh they name', async () => {
    stream(1, { id: 'nonsense', admission: { kind: 'unknown', reason: 'no node id' } });
    stream(2, { id: 'theirs', admission: { kind: 'refused', reason: 'not yours' } }).tell({ kind: 'gone', reason: 'not yours' });
    const orphan = stream(3, { id: 'yet' });
    orphan.tell({ kind: 'orphaned', reason: 'there is no such mesh' });
    stream(4);
    const { items } = await fleet.unknownNodes(ALL);
    expect(items.map(({ nodeId, state, reason }) => [nodeId, state, reason])).toEqual([
      ['nonsense', 'UNKNOWN', 'no node id'],
      ['theirs', 'REFUSED', 'not yours'],
      ['yet', 'ORPHANED', 'there is no such mesh'],
    ]);
    expect(items[1]).toHaveProperty('disconnectedAt');
    expect((await proxies()).map(({ id }) => id)).toEqual(['4', '3']);
    orphan.tell({ kind: 'found', snapshotVersion: '1.1.1' });
    expect((await fleet.unknownNodes(ALL)).items).toHaveLength(2);
  });
});
