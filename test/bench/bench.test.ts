import { ROUTE_TYPE } from '@meshwright/envoy-api';
import type { ProxyStatusEvent } from '@meshwright/relay';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../process/program.ts';
import { distribution, spread } from './distribution.ts';
import { RouteAcks } from './routeAcks.ts';

const BENCH = new URL('bench.ts', import.meta.url).pathname;

describe('npm run bench', () => {
  it.each([
    [[], 'Which benchmark?'],
    [['e2f'], 'There is no benchmark "e2f".'],
    [['e2e', '--proxies', 'many'], '--proxies is "many"; it takes a whole number from 1 to 10000.'],
    [['e2e', '--changes', '0'], '--changes is "0"'],
    [['e2e', '--loud'], "Unknown option '--loud'"],
    [['api', '--proxies', '3'], "Unknown option '--proxies'"],
    [['api', '--runs', '0'], '--runs is "0"'],
  ])('%j: says what is wrong and how it is used', async (args, message) => {
    const program = startProgram([process.execPath, BENCH, ...args]);
    expect(await program.ended).toEqual({ status: 2, signal: null });
    expect(program.output().stderr).toContain(message);
    expect(program.output().stderr).toContain('Usage: npm run bench -- e2e');
  });

  it('measures a change as often as it is told and prints one line of JSON', { timeout: 60_000 }, async () => {
    const program = startProgram([process.execPath, BENCH, 'e2e', '--proxies', '3', '--changes', '4', '--json']);
    const { status } = await program.ended;
    const { stdout, stderr } = program.output();
    expect(status, stderr).toBe(0);
    const spread = { p50: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) };
    expect(JSON.parse(stdout)).toMatchObject({
      benchmark: 'e2e',
      proxies: 3,
      kind: 'scripted',
      changes: 4,
      allAcked: spread,
      apiCall: spread,
    });
  });

  it('lets hostile clients at a relay whose proxies are served, and prints one line of JSON', { timeout: 120_000 }, async () => {
    const program = startProgram([process.execPath, BENCH, 'hostile', '--proxies', '2', '--changes', '3', '--runs', '1', '--json']);
    const { status } = await program.ended;
    const { stdout, stderr } = program.output();
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      benchmark: 'hostile',
      proxies: 2,
      ratio: expect.any(Number),
      attacks: { requests: expect.any(Number), resets: expect.any(Number), bombs: expect.any(Number), connections: expect.any(Number) },
    });
  });

  it('calls the API as often as it is told and prints one line of JSON', { timeout: 120_000 }, async () => {
    const program = startProgram([process.execPath, BENCH, 'api', '--nodes', '20', '--calls', '10', '--runs', '1', '--json']);
    const { status } = await program.ended;
    const { stdout, stderr } = program.output();
    expect(status, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ benchmark: 'api', nodes: 20, calls: 10, runs: 1, growth: { write: expect.any(Number) } });
    expect(result.rows.map(({ server, kind, nodes }: Record<string, unknown>) => `${server} ${kind} ${nodes}`)).toEqual([
      'api read 1',
      'api read 20',
      'api write 1',
      'api write 20',
      'local write 1',
      'local write 20',
      'http read 1',
      'http write 1',
    ]);
    for (const { perCpuSecond } of result.rows) expect(perCpuSecond.min).toBeGreaterThan(0);
  });
});

describe('spread', () => {
  it('answers the least, the middle and the most of the runs', () => {
    expect(spread([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
    expect(spread([4, 1, 3, 2])).toEqual({ min: 1, median: 2, max: 4 });
    expect(() => spread([])).toThrow('Nothing was measured');
  });
});

describe('distribution', () => {
  it('answers times that were measured, by nearest rank', () => {
    const times = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect(distribution(times)).toEqual({ p50: 100, p99: 198, max: 200 });
    expect(distribution([7])).toEqual({ p50: 7, p99: 7, max: 7 });
    expect(() => distribution([])).toThrow('Nothing was measured');
  });
});

describe('RouteAcks', () => {
  const session = (number: number) => ({
    session: number,
    peer: { address: '127.0.0.1:1', userAgent: '' },
    node: { id: `node${number}`, cluster: '', envoyVersion: '' },
  });
  const acked = (number: number, version: string, typeUrl: string = ROUTE_TYPE): ProxyStatusEvent => ({
    ...session(number),
    kind: 'acked',
    typeUrl,
    version,
    snapshotVersion: '1.1.1',
    millis: 1,
  });

  it('waits for every proxy to acknowledge routes it did not have', async () => {
    let time = 0;
    const acks = new RouteAcks(() => ++time);
    const first = acks.next(2, 10_000);
    acks.observe(acked(1, 'a'));
    acks.observe(acked(2, 'a', 'another type'));
    acks.observe(acked(1, 'a'));
    acks.observe(acked(2, 'a'));
    expect(await first).toEqual([1, 4]);
    const second = acks.next(2, 10_000);
    for (const version of ['a', 'b']) for (const number of [2, 1]) acks.observe(acked(number, version));
    expect(await second).toEqual([7, 8]);
  });

  it('fails with what a proxy refused, at once and from then on', async () => {
    const acks = new RouteAcks(() => 0);
    const round = acks.next(1, 10_000);
    acks.observe({
      ...session(1),
      kind: 'rejected',
      typeUrl: ROUTE_TYPE,
      version: 'a',
      snapshotVersion: '1.1.1',
      message: 'no such cluster',
    });
    await expect(round).rejects.toThrow(`node1 refused ${ROUTE_TYPE}: no such cluster`);
    await expect(acks.next(1, 10_000)).rejects.toThrow('no such cluster');
  });

  it('says how many are missing when time is up', async () => {
    const acks = new RouteAcks(() => 0);
    const round = acks.next(2, 5);
    acks.observe(acked(1, 'a'));
    await expect(round).rejects.toThrow('1 of 2 proxies acknowledged the routes within 5 ms');
  });
});
