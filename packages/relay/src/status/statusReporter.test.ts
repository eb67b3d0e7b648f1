import type { RelayReport, StatusTable } from '@meshwright/snapshot';
import { MOST_REPORTED } from '@meshwright/snapshot';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Sessions } from './sessions.ts';
import { StatusReporter } from './statusReporter.ts';

const MESH = '123456789012/apps';

let sessions: Sessions;
let reports: RelayReport[];
let isAway: boolean;
let failures: number;
let reporter: StatusReporter;
const table: StatusTable = {
  async report(report) {
    if (isAway) throw new Error('away');
    reports.push(report);
  },
  sessions: async () => [],
  silent: async () => [],
};

beforeEach(() => {
  vi.useFakeTimers();
  [reports, isAway, failures] = [[], false, 0];
  sessions = new Sessions({ relay: 'r1', now: Date.now });
  const setTimer = (callback: () => void, millis: number) => {
    const timer = setTimeout(callback, millis);
    return () => clearTimeout(timer);
  };
  const onFailure = (): void => {
    failures += 1;
  };
  reporter = new StatusReporter({ table, sessions, now: Date.now, setTimer, onFailure });
});
afterEach(async () => {
  await reporter.close();
  vi.useRealTimers();
});

const peer = { address: '10.0.0.1:1', userAgent: '' };
function connect(session: number): void {
  const node = { id: `n${session}`, cluster: '', envoyVersion: '' };
  sessions.take({ kind: 'connected', session, peer, node, protocol: 'delta', admission: { kind: 'proxy', mesh: MESH, proxy: 'p' } });
}
const told = (): readonly number[] => reports.map(({ sessions: those }) => those.length);

it('tells of what changed in one report, however many events there were', async () => {
  await vi.advanceTimersByTimeAsync(0);
  connect(1);
  const node = { id: 'n1', cluster: '', envoyVersion: '' };
  for (let n = 0; n < 100; n += 1) sessions.take({ kind: 'orphaned', session: 1, peer, node, reason: `${n}` });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told()).toEqual([0, 1]);
  expect(reports[1]?.sessions[0]?.silence?.reason).toBe('99');
  expect(reports[1]).toMatchObject({ relay: 'r1', staleAt: Date.now() + 30_000, keptUntil: Date.now() + 3_600_000, forgotten: [] });
});

it('tells that it is there when nothing changes, three times before it counts as gone', async () => {
  await vi.advanceTimersByTimeAsync(40_000);
  expect(reports.length).toBeGreaterThanOrEqual(4);
  expect(reports.length).toBeLessThanOrEqual(5);
});

it('tells of many in bounded batches, one a second', async () => {
  for (let session = 1; session <= 2 * MOST_REPORTED + 1; session += 1) connect(session);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told()).toEqual([MOST_REPORTED, MOST_REPORTED, 1]);
});

it('tells everything again when the table was away for longer than it counts as there, and of nobody it forgot meanwhile', async () => {
  connect(1);
  await vi.advanceTimersByTimeAsync(0);
  isAway = true;
  connect(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(failures).toBeGreaterThan(1);
  expect(failures).toBeLessThan(10);
  isAway = false;
  reports = [];
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told()[0]).toBe(2);
});

it('tells each session again before its row may be removed', async () => {
  connect(1);
  await vi.advanceTimersByTimeAsync(1_000);
  reports = [];
  await vi.advanceTimersByTimeAsync(1_810_000);
  expect(reports.flatMap((report) => report.sessions)).toHaveLength(1);
});

it('says when it leaves, and nothing after', async () => {
  connect(1);
  await vi.advanceTimersByTimeAsync(0);
  await reporter.close();
  expect(reports.at(-1)?.staleAt).toBeLessThan(Date.now());
  const before = reports.length;
  connect(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reports).toHaveLength(before);
});
