import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE } from '@meshwright/envoy-api';
import { MOST_EVENTS, type SessionStatus, type SyncState } from '@meshwright/snapshot';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Admission, ProxyStatusEvent } from '../ports.ts';
import type { LaterEvent } from './session.ts';
import { Sessions } from './sessions.ts';

const MESH = '123456789012/apps';
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const SERVED: Admission = { kind: 'proxy', mesh: MESH, proxy: 'virtualNode/a/b' };

let now: number;
let sessions: Sessions;
beforeEach(() => {
  now = START;
  sessions = new Sessions({ relay: 'r1', now: () => now });
});

type Told = LaterEvent extends infer Event ? (Event extends LaterEvent ? Omit<Event, 'session' | 'peer' | 'node'> : never) : never;

interface Opening {
  readonly id?: string;
  readonly address?: string;
  readonly instance?: string;
  readonly admission?: Admission;
}

/** A stream and what happens to it. */
function stream(
  session: number,
  { id = 'mesh/apps/virtualNode/a/b', address = `10.0.0.1:${session}`, instance, admission = SERVED }: Opening = {},
) {
  const node = { id, cluster: '', envoyVersion: '1.40.0', ...(instance !== undefined && { instance }) };
  const base = { session, peer: { address, userAgent: '' }, node };
  sessions.take({ ...base, kind: 'connected', protocol: 'delta', admission });
  return { tell: (event: Told): void => sessions.take({ ...base, ...event } as ProxyStatusEvent) };
}

const exchange = { snapshotVersion: '1.7.1' };
const sent = (typeUrl: string, version: string): Told => ({ kind: 'sent', typeUrl, version, ...exchange, resourceCount: 2, sizeBytes: 90 });
const acked = (typeUrl: string, version: string): Told => ({ kind: 'acked', typeUrl, version, ...exchange, millis: 12.4 });
const rejected = (typeUrl: string, message: string): Told => ({ kind: 'rejected', typeUrl, version: 'v', ...exchange, message });
const gone: Told = { kind: 'gone', reason: 'cut' };
const all = (): readonly SessionStatus[] => sessions.all(MESH).map((one) => ({ ...one, events: sessions.get(one)?.events ?? [] }));
const stateOf = (typeUrl: string): SyncState | undefined => all()[0]?.types.find((type) => type.typeUrl === typeUrl)?.state;

describe('a session', () => {
  it('tells who it is, what it was sent, what it said, and what happened', () => {
    const { tell } = stream(3, { instance: 'arn:task/1' });
    tell(sent(CLUSTER_TYPE, 'c1'));
    now += 1_000;
    tell(acked(CLUSTER_TYPE, 'c1'));
    tell(rejected(LISTENER_TYPE, 'cannot bind'));
    const at = '2026-01-01T00:00:01.000Z';
    expect(all()).toEqual([
      {
        relay: 'r1',
        id: expect.stringMatching(/^[\da-f]{16}$/),
        nodeId: 'mesh/apps/virtualNode/a/b',
        instance: 'arn:task/1',
        address: '10.0.0.1:3',
        envoyVersion: '1.40.0',
        protocol: 'delta',
        connectedAt: '2026-01-01T00:00:00.000Z',
        mesh: MESH,
        proxy: 'virtualNode/a/b',
        types: [
          {
            typeUrl: CLUSTER_TYPE,
            state: 'SYNCED',
            sent: { ...exchange, version: 'c1', at: '2026-01-01T00:00:00.000Z', resourceCount: 2, sizeBytes: 90 },
            acked: { ...exchange, version: 'c1', at, millis: 12 },
          },
          {
            typeUrl: LISTENER_TYPE,
            state: 'REJECTED',
            rejected: { ...exchange, version: 'v', at, message: 'cannot bind', causes: [], contents: [] },
          },
        ],
        events: [
          { at: '2026-01-01T00:00:00.000Z', kind: 'connected' },
          { at: '2026-01-01T00:00:00.000Z', kind: 'sent', typeUrl: CLUSTER_TYPE, ...exchange },
          { at, kind: 'acked', typeUrl: CLUSTER_TYPE, ...exchange },
          { at, kind: 'rejected', typeUrl: LISTENER_TYPE, ...exchange, detail: 'cannot bind' },
        ],
      },
    ]);
  });

  it('shows a refusal until newer content was accepted, and keeps its text after', () => {
    const { tell } = stream(1);
    tell(sent(CLUSTER_TYPE, 'c1'));
    expect(stateOf(CLUSTER_TYPE)).toBe('STALE');
    tell(rejected(CLUSTER_TYPE, 'no'));
    tell(sent(CLUSTER_TYPE, 'c2'));
    expect(stateOf(CLUSTER_TYPE)).toBe('REJECTED');
    tell(acked(CLUSTER_TYPE, 'c2'));
    expect(stateOf(CLUSTER_TYPE)).toBe('SYNCED');
    expect(all()[0]?.types[0]?.rejected?.message).toBe('no');
  });

  it('is SYNCED with nothing sent when it came with the very version, and STALE while an older version is acknowledged', () => {
    const { tell } = stream(1);
    tell(acked(CLUSTER_TYPE, 'c1'));
    expect(stateOf(CLUSTER_TYPE)).toBe('SYNCED');
    tell(sent(ENDPOINT_TYPE, 'e2'));
    tell(acked(ENDPOINT_TYPE, 'e1'));
    expect(stateOf(ENDPOINT_TYPE)).toBe('STALE');
  });

  it('is STALE of a type whose newer content is more than it takes', () => {
    const { tell } = stream(1);
    tell(sent(CLUSTER_TYPE, 'c1'));
    tell(acked(CLUSTER_TYPE, 'c1'));
    const large = { kind: 'tooLarge', typeUrl: CLUSTER_TYPE, version: 'c2', ...exchange, sizeBytes: 5, limitBytes: 4 } as const;
    tell({ ...large, withheld: false });
    expect(stateOf(CLUSTER_TYPE)).toBe('SYNCED');
    tell({ ...large, withheld: true });
    expect(stateOf(CLUSTER_TYPE)).toBe('STALE');
    expect(all()[0]?.events.at(-1)).toMatchObject({ kind: 'tooLarge', detail: '5 bytes, of 4 it takes: not sent' });
  });

  it('is silent while it is an orphan, and ended when it is gone', () => {
    const { tell } = stream(1);
    tell({ kind: 'orphaned', reason: 'deleted' });
    expect(all()[0]?.silence).toEqual({ state: 'ORPHANED', reason: 'deleted' });
    tell({ kind: 'found', snapshotVersion: '1.9.1' });
    expect(all()[0]).not.toHaveProperty('silence');
    now += 5_000;
    tell(gone);
    expect(all()[0]?.ended).toEqual({ at: '2026-01-01T00:00:05.000Z', reason: 'cut' });
  });

  it('keeps its last events', () => {
    const { tell } = stream(1);
    for (let n = 0; n < 2 * MOST_EVENTS; n += 1) tell(rejected(CLUSTER_TYPE, `${'x'.repeat(600)}`));
    expect(all()[0]?.events).toHaveLength(MOST_EVENTS);
    expect(all()[0]?.events[0]).toMatchObject({ kind: 'rejected', detail: 'x'.repeat(512) });
  });

  it('of an unknown or refused node has the reason', () => {
    stream(1, { id: 'nonsense', admission: { kind: 'unknown', reason: 'no node id' } });
    stream(2, { id: 'theirs', admission: { kind: 'refused', reason: 'not yours' } }).tell(gone);
    expect(sessions.all().map(({ nodeId, silence, mesh }) => [nodeId, silence?.state, silence?.reason, mesh])).toEqual([
      ['nonsense', 'UNKNOWN', 'no node id', undefined],
      ['theirs', 'REFUSED', 'not yours', undefined],
    ]);
  });
});

describe('sessions of a fleet', () => {
  it('have an id that outlives the stream, from the task, else the host', () => {
    const first = stream(1, { instance: 'task/1', address: '10.0.0.1:1' });
    const [{ id } = { id: '' }] = all();
    first.tell(gone);
    stream(2, { instance: 'task/1', address: '10.9.9.9:9' });
    expect(all()).toMatchObject([{ id, address: '10.9.9.9:9' }]);
    expect(all()[0]).not.toHaveProperty('ended');
    stream(3, { address: '10.0.0.2:1' }).tell(gone);
    const other = all()[1]?.id;
    stream(4, { address: '10.0.0.2:2' });
    expect(all().map((session) => session.id)).toEqual([id, other]);
  });

  it('are one row for a proxy that is cut again and again, and as many as there are replicas', () => {
    for (let session = 0; session < 50; session += 1) stream(session).tell(gone);
    expect(all()).toHaveLength(1);
    for (let session = 50; session < 60; session += 1) stream(session);
    expect(new Set(all().map(({ id }) => id)).size).toBe(10);
    expect(all().every(({ ended }) => ended === undefined)).toBe(true);
  });

  it('are told of for an hour after their end, and a thousand of them at most', () => {
    for (let session = 0; session < 1_001; session += 1) stream(session, { id: `n${session}` }).tell(gone);
    stream(2_000);
    expect(all()).toHaveLength(1_001);
    expect(all().map(({ nodeId }) => nodeId)).not.toContain('n0');
    now += HOUR;
    expect(all()).toHaveLength(1);
  });

  it('are told of one by one as they change, and once more when they are forgotten', () => {
    const { tell } = stream(1);
    const [{ id } = { id: '' }] = all();
    const changed: unknown[] = [];
    const leave = sessions.subscribe((key) => changed.push({ key, known: sessions.get(key) !== undefined }));
    tell(sent(CLUSTER_TYPE, 'c1'));
    tell(gone);
    now += HOUR;
    expect(all()).toEqual([]);
    const key = { mesh: MESH, id };
    expect(changed).toEqual([
      { key, known: true },
      { key, known: true },
      { key, known: false },
    ]);
    leave();
    stream(2);
    expect(changed).toHaveLength(3);
  });
});
