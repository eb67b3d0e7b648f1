import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionStatus } from '../status/session.ts';
import { MOST_REPORTED, type RelayReport, type StatusTable } from '../status/statusTable.ts';

/** An empty table, and the clock it goes by. */
export interface StatusTableSetup {
  readonly table: StatusTable;
  /** The same rows through another instance, as another process has it. */
  reopen(): Promise<StatusTable>;
  close(): Promise<void>;
}

const MESH = '123456789012/apps';
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

/** What every `StatusTable` does; each adapter runs all of it with a `make` that answers an empty table. @param make takes a clock in epoch milliseconds. */
export function statusTableContract(name: string, make: (now: () => number) => Promise<StatusTableSetup>): void {
  describe(`StatusTable contract: ${name}`, () => {
    let now: number;
    let setup: StatusTableSetup;
    beforeEach(async () => {
      now = START;
      setup = await make(() => now);
    });
    afterEach(() => setup.close());

    const report = (more: Partial<RelayReport>) =>
      setup.table.report({ relay: 'r1', staleAt: now + 30_000, keptUntil: now + HOUR, sessions: [], forgotten: [], ...more });
    const ids = async (mesh = MESH, table = setup.table) => (await table.sessions(mesh)).map(({ relay, id }) => `${relay} ${id}`).sort();

    it('answers a mesh’s sessions as they were told, whoever tells, and no other mesh’s', async () => {
      const [a, b] = [sampleSession({ id: 'a' }), sampleSession({ id: 'b', relay: 'r2' })];
      await report({ sessions: [a, sampleSession({ id: 'c', mesh: '123456789012/apps2' })] });
      await report({ relay: 'r2', sessions: [b] });
      expect(await setup.table.sessions(MESH)).toEqual(expect.arrayContaining([a, b]));
      expect(await ids()).toEqual(['r1 a', 'r2 b']);
      expect(await ids('123456789012/none')).toEqual([]);
      expect(await ids(MESH, await setup.reopen())).toEqual(['r1 a', 'r2 b']);
    });

    it('takes the place of what a relay told before; two relays may tell of one proxy', async () => {
      await report({ sessions: [sampleSession({ id: 'a' })] });
      await report({ relay: 'r2', sessions: [sampleSession({ id: 'a', relay: 'r2' })] });
      const ended = { at: '2026-01-01T00:00:05.000Z', reason: 'cut' };
      await report({ sessions: [sampleSession({ id: 'a', ended })] });
      const told = await setup.table.sessions(MESH);
      expect(told.map((session) => [session.relay, session.ended]).sort()).toEqual([
        ['r1', ended],
        ['r2', undefined],
      ]);
    });

    it('forgets what it is told to, of that relay alone', async () => {
      await report({ sessions: [sampleSession({ id: 'a' }), sampleSession({ id: 'b' })] });
      await report({ relay: 'r2', sessions: [sampleSession({ id: 'a', relay: 'r2' })] });
      await report({ forgotten: [{ mesh: MESH, id: 'a' }, { mesh: MESH, id: 'never told' }, { id: 'a' }] });
      expect(await ids()).toEqual(['r1 b', 'r2 a']);
    });

    it('answers the sessions that are sent nothing, with a mesh or without', async () => {
      const { mesh: _, proxy: __, ...unknown } = sampleSession({ id: 'u', silence: { state: 'UNKNOWN', reason: 'no node id' } });
      const orphan = sampleSession({ id: 'o', silence: { state: 'ORPHANED', reason: 'deleted' } });
      await report({ sessions: [unknown, orphan, sampleSession({ id: 'served' })] });
      const told = await setup.table.silent();
      expect(told).toHaveLength(2);
      expect(told).toEqual(expect.arrayContaining([unknown, orphan]));
      expect(await ids()).toEqual(['r1 o', 'r1 served']);
      await report({ sessions: [sampleSession({ id: 'o' })], forgotten: [{ id: 'u' }] });
      expect(await setup.table.silent()).toEqual([]);
    });

    it('answers nothing of a relay that has stopped telling, and all of it when that is back in time', async () => {
      await report({ sessions: [sampleSession({ id: 'a' })] });
      await report({ relay: 'r2', staleAt: START + 60_000, sessions: [sampleSession({ id: 'b', relay: 'r2' })] });
      now = START + 29_999;
      expect(await ids()).toEqual(['r1 a', 'r2 b']);
      now = START + 30_000;
      expect(await ids()).toEqual(['r2 b']);
      await report({ sessions: [sampleSession({ id: 'a' })] });
      expect(await ids()).toEqual(['r1 a', 'r2 b']);
    });

    it('answers nothing of a relay that leaves', async () => {
      await report({ sessions: [sampleSession({ id: 'a' })] });
      await report({ staleAt: now - 1 });
      expect(await ids()).toEqual([]);
    });

    it('does not answer rows that were not told again in time', async () => {
      await report({ keptUntil: START + 20_000, sessions: [sampleSession({ id: 'old' })] });
      await report({ keptUntil: START + 25_000, sessions: [sampleSession({ id: 'new' })] });
      now = START + 20_000;
      expect(await ids()).toEqual(['r1 new']);
    });

    it('takes as many as a report may have, with the longest texts', async () => {
      const rejected = { ...EXCHANGE, message: 'x'.repeat(4_097), causes: [] };
      const sessions = Array.from({ length: MOST_REPORTED }, (_, number) =>
        sampleSession({ id: `s${number}`, types: [{ typeUrl: 'type.googleapis.com/a.B', state: 'REJECTED', rejected }] }),
      );
      await report({ sessions, forgotten: Array.from({ length: MOST_REPORTED }, (_, number) => ({ mesh: MESH, id: `g${number}` })) });
      const told = await setup.table.sessions(MESH);
      expect(told).toHaveLength(MOST_REPORTED);
      expect(told[0]?.types[0]?.rejected?.message).toHaveLength(4_097);
    });
  });
}

const EXCHANGE = { version: 'v', snapshotVersion: '1.7.1', at: '2026-01-01T00:00:01.000Z' };

/** A session with every member that a stream which was served may have. */
export function sampleSession(more: Partial<SessionStatus> = {}): SessionStatus {
  return {
    relay: 'r1',
    id: 'a',
    nodeId: 'mesh/apps/virtualNode/a',
    instance: 'arn:aws:ecs:us-east-1:123456789012:task/apps/1',
    address: '10.0.0.1:1',
    envoyVersion: '1.40.0',
    protocol: 'delta',
    connectedAt: '2026-01-01T00:00:00.000Z',
    mesh: MESH,
    proxy: 'virtualNode/a',
    types: [
      {
        typeUrl: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
        state: 'REJECTED',
        sent: { ...EXCHANGE, resourceCount: 2, sizeBytes: 90 },
        acked: { ...EXCHANGE, millis: 12 },
        rejected: { ...EXCHANGE, message: 'no', causes: [{ envoyName: 'c', resource: 'virtualNode/b', pointer: '/listeners/0' }] },
      },
    ],
    events: [{ at: '2026-01-01T00:00:00.000Z', kind: 'connected' }],
    ...more,
  };
}
