import { describe, expect, it } from 'vitest';
import { differenceOf, type Figure, figuresOf, judge, type Measured } from './figures.ts';
import { areaOf, type CpuProfile, costs } from './profile.ts';
import { relayTable } from './report.ts';
import { readSample, type Sample } from './sample.ts';

const sample = (cpuSeconds: number, more: Partial<Sample> = {}): Sample => ({
  stormCpuSeconds: 1,
  stormBytes: 58_000_000,
  idleKibPerStream: 60,
  unconfigured: 0,
  streamErrors: 0,
  updates: { cpuSeconds, p99Millis: 100, bytes: 20_000_000, missed: 0, otherCpuSeconds: 0 },
  ...more,
});

const figure = (id: string, counts: readonly number[] = [1000]): Figure => {
  const found = figuresOf(counts, ['sotw', 'delta']).find((one) => one.id === id);
  if (found === undefined) throw new Error(`no figure ${id}`);
  return found;
};

describe('figures', () => {
  it('are R1 to R9, of each number of streams where they ask for it, and of the larger for storms', () => {
    const figures = figuresOf([1000, 4000], ['sotw', 'delta']);
    expect([...new Set(figures.map(({ id }) => id))]).toEqual(['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R9']);
    const sizes = (id: string) => figures.filter((one) => one.id === id).map(({ scenario }) => scenario.streams);
    expect(sizes('R1')).toEqual([1000, 4000]);
    expect(sizes('R5')).toEqual([4000]);
    expect(sizes('R6')).toEqual([1000]);
    expect(figures.filter(({ id }) => id === 'R4').map(({ must }) => must)).toEqual([0.9, 0.7]);
    expect([...new Set(figuresOf([1000], ['delta']).map(({ id }) => id))]).toEqual(['R8']);
  });

  it.each([
    [[0.05, 0.06, 0.07], 0.6, 'stretch'],
    [[0.05, 0.09, 0.2], 0.9, 'must'],
    [[0.2, 0.15, 0.05], 1.5, 'missed'],
  ] as const)('are judged by the ratio of medians: %j to 0.1', (values, result, verdict) => {
    const measured: Measured = {
      ours: values.map((value) => sample(value)),
      rivals: { linear: [0.1, 0.3, 0.01].map((value) => sample(value)) },
    };
    const row = judge(figure('R1'), measured);
    expect(row).toMatchObject({ verdict, theirs: { min: 0.01, median: 0.1, max: 0.3 } });
    expect(row.result).toBeCloseTo(result, 10);
  });

  it('without a rival are judged by the worst run', () => {
    const ours = [sample(1), sample(1, { unconfigured: 2 }), sample(1)];
    expect(judge(figure('R7'), { ours, rivals: {} })).toMatchObject({ result: 2, verdict: 'missed' });
    expect(judge(figure('R7'), { ours: [sample(1)], rivals: {} })).toMatchObject({ result: 0, verdict: 'stretch' });
  });

  it('say why they were not run', () => {
    const unchanged = sample(1, { unconfigured: 5 });
    const { updates: _none, ...stormFailed } = unchanged;
    const reasonOf = (measured: Parameters<typeof judge>[1]) => judge(figure('R1'), measured).reason;
    expect(reasonOf({ notRun: 'too few files' })).toBe('too few files');
    expect(reasonOf({ ours: [stormFailed], rivals: { linear: [sample(1)] } })).toBe('the relay did not get through it');
    expect(reasonOf({ ours: [sample(1)], rivals: {} })).toBe('linear did not get through it');
  });

  it('compare equal work only', () => {
    const larger = sample(1, { stormBytes: 70_000_000 });
    expect(differenceOf([sample(1)], [sample(1, { stormBytes: 60_000_000 })])).toBeUndefined();
    expect(differenceOf([sample(1)], [larger])).toBe('bytes to connect differ by more than 5 %: 58000000 to 70000000');
    expect(judge(figure('R1'), { ours: [sample(1)], rivals: { linear: [larger] } })).toMatchObject({ verdict: 'not run' });
  });

  it('are a table for people', () => {
    const rows = [
      judge(figure('R1'), { ours: [sample(0.0612)], rivals: { linear: [sample(0.1)] } }),
      judge(figure('R7'), { ours: [sample(1)], rivals: {} }),
      judge(figure('R6'), { notRun: 'no certificates' }),
    ];
    const lines = relayTable(rows).split('\n');
    expect(lines[1]).toMatch(/^R1 +push, N = 1000 .* 0\.0612 \/ 0\.0612 \/ 0\.0612 .* 0\.612 x +≤ 1 +≤ 0\.6 +met$/);
    expect(lines[2]).toMatch(/^R7 .* 0 +≤ 0 +met, stretch too$/);
    expect(lines[3]).toMatch(/not run: no certificates$/);
  });
});

describe('readSample', () => {
  it('takes the generator’s report, changes or none', () => {
    const report = {
      connect: { server_cpu_s: 1.5, bytes: 58, unconfigured: 1, ok: false },
      rss: { idle_kb_per_stream: 60 },
      stream_errors: 2,
    };
    const storm = { stormCpuSeconds: 1.5, stormBytes: 58, idleKibPerStream: 60, unconfigured: 1, streamErrors: 2 };
    expect(readSample(JSON.stringify(report))).toEqual(storm);
    const updates = {
      server_cpu_s_per_1000_streams: 0.1,
      p99_ms: { min: 1, median: 2, max: 3 },
      bytes_per_update: 20,
      missed: 0,
      other_cpu_s: { median: 0.5 },
    };
    expect(readSample(JSON.stringify({ ...report, updates }))).toEqual({
      ...storm,
      updates: { cpuSeconds: 0.1, p99Millis: 2, bytes: 20, missed: 0, otherCpuSeconds: 0.5 },
    });
  });
});

describe('costs', () => {
  it('sums own time by name, without idle time', () => {
    const frame = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url, lineNumber: 0 } });
    const profile: CpuProfile = {
      nodes: [
        frame(1, '(idle)'),
        frame(2, '(garbage collector)'),
        frame(3, 'push', 'file:///x/packages/relay/src/pusher.ts'),
        frame(4, 'write'),
      ],
      samples: [1, 2, 3, 3, 4],
      timeDeltas: [1000, 10, 20, 30, 40],
    };
    expect(costs(profile, areaOf)).toEqual([
      { name: 'packages/relay', share: 0.5 },
      { name: '(native functions)', share: 0.4 },
      { name: '(garbage collector)', share: 0.1 },
    ]);
    expect(areaOf({ functionName: 'a', url: 'node:net', lineNumber: 0 })).toBe('node:net');
    expect(areaOf({ functionName: 'a', url: 'file:///x/node_modules/@grpc/grpc-js/build/a.js', lineNumber: 0 })).toBe('@grpc/grpc-js');
  });
});
