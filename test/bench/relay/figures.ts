import { type Spread, spread } from '../distribution.ts';
import type { Sample } from './sample.ts';
import { type Mode, type Rival, type Scenario, scoped, secured, shared } from './scenario.ts';

/** One measure with its limits. */
export interface Figure {
  /** Several figures may share one: a measure at two sizes, or its parts. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly scenario: Scenario;
  readonly rival: Rival;
  /** `ratio` = ours to the rival's; `ours` = ours alone. */
  readonly of: 'ratio' | 'ours';
  /** Undefined when the run came to none. */
  readonly value: (sample: Sample) => number | undefined;
  /** Most that it may be. */
  readonly must: number;
  readonly stretch?: number;
}

/** What has been measured for a scenario: runs of each contestant, in the order in which they took turns. */
export interface Measured {
  readonly ours: readonly Sample[];
  readonly rivals: Readonly<Partial<Record<Rival, readonly Sample[]>>>;
}

/** One figure's outcome. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly rival: Rival;
  readonly of: Figure['of'];
  readonly must: number;
  readonly stretch?: number;
  readonly ours?: Spread;
  readonly theirs?: Spread;
  /** What the limits are for: the medians' ratio, or our own median. */
  readonly result?: number;
  readonly verdict: 'stretch' | 'must' | 'missed' | 'not run';
  /** Why it was not run. */
  readonly reason?: string;
}

const pushCpu = (sample: Sample): number | undefined => sample.updates?.cpuSeconds;
const p99 = (sample: Sample): number | undefined => sample.updates?.p99Millis;
const CPU = 'CPU s / 1000 streams';
/** From this many streams on, what the process itself takes hardly counts. */
const MANY_STREAMS = 4_000;

/** All figures, for these numbers of streams and protocols. */
export function figuresOf(counts: readonly number[], modes: readonly Mode[]): readonly Figure[] {
  const [few, many] = [Math.min(...counts), Math.max(...counts)];
  const sotw = modes.includes('sotw') ? [...counts.flatMap(sharedFigures), ...stormFigures(many), tlsFigure(few)] : [];
  const delta = modes.includes('delta') ? counts.flatMap(deltaFigures) : [];
  const figures = [...sotw, ...delta, ...(modes.includes('sotw') ? scopedFigures(few) : [])];
  return figures.toSorted((a, b) => a.id.localeCompare(b.id));
}

function sharedFigures(n: number): readonly Figure[] {
  const scenario = shared('sotw', n);
  const common = { scenario, rival: 'linear', of: 'ratio' } as const;
  const idle = (sample: Sample): number => sample.idleKibPerStream;
  return [
    { ...common, id: 'R1', title: `push, N = ${n}`, unit: CPU, value: pushCpu, must: 1, stretch: 0.6 },
    { ...common, id: 'R2', title: `push, N = ${n}`, unit: CPU, rival: 'snapshot-node', value: pushCpu, must: 0.25, stretch: 0.12 },
    { ...common, id: 'R3', title: `propagation p99, N = ${n}`, unit: 'ms', value: p99, must: 1.2, stretch: 0.8 },
    { ...common, id: 'R4', title: `idle stream, N = ${n}`, unit: 'KiB', value: idle, must: n < MANY_STREAMS ? 0.9 : 0.7, stretch: 0.5 },
  ];
}

function stormFigures(n: number): readonly Figure[] {
  const common = { scenario: shared('sotw', n), rival: 'linear' } as const;
  const faults = { ...common, id: 'R7', unit: 'streams', of: 'ours', must: 0 } as const;
  return [
    { ...common, id: 'R5', title: `connect storm, N = ${n}`, unit: 'CPU s', of: 'ratio', value: stormCpu, must: 0.9, stretch: 0.5 },
    { ...faults, title: `dropped, N = ${n}`, value: (sample) => sample.unconfigured },
    { ...faults, title: `missed changes, N = ${n}`, value: (sample) => sample.updates?.missed },
    { ...faults, title: `stream errors, N = ${n}`, value: (sample) => sample.streamErrors },
  ];
}

const stormCpu = (sample: Sample): number => sample.stormCpuSeconds;

function tlsFigure(n: number): Figure {
  const title = `connect storm, mTLS, N = ${n}`;
  return { id: 'R6', title, unit: 'CPU s', scenario: secured(n), rival: 'linear', of: 'ratio', value: stormCpu, must: 1.6, stretch: 1.1 };
}

function deltaFigures(n: number): readonly Figure[] {
  const common = { id: 'R8', scenario: shared('delta', n), rival: 'linear', of: 'ratio' } as const;
  return [
    { ...common, title: `delta push, N = ${n}`, unit: CPU, value: pushCpu, must: 1.3, stretch: 0.6 },
    { ...common, title: `delta push, N = ${n}`, unit: 'bytes', value: (sample) => sample.updates?.bytes, must: 1.01 },
  ];
}

function scopedFigures(n: number): readonly Figure[] {
  const common = { id: 'R9', scenario: scoped(n), rival: 'snapshot-node', of: 'ratio' } as const;
  return [
    { ...common, title: `scoped push, N = ${n}`, unit: CPU, value: pushCpu, must: 0.3, stretch: 0.12 },
    { ...common, title: `scoped propagation p99, N = ${n}`, unit: 'ms', value: p99, must: 0.4, stretch: 0.25 },
    { ...common, title: `scoped connect storm, N = ${n}`, unit: 'CPU s', value: stormCpu, must: 0.6, stretch: 0.3 },
  ];
}

/** Judges a figure by what was measured, or says why it cannot be judged. */
export function judge(figure: Figure, measured: Measured | { readonly notRun: string }): Row {
  const { id, title, unit, rival, of, must, stretch } = figure;
  const limits = { id, title, unit, rival, of, must, ...(stretch !== undefined && { stretch }) };
  const notRun = (reason: string): Row => ({ ...limits, verdict: 'not run', reason });
  if ('notRun' in measured) return notRun(measured.notRun);
  const theirSamples = measured.rivals[rival] ?? [];
  const [ours, theirs] = [valuesOf(figure, measured.ours), valuesOf(figure, theirSamples)];
  if (ours === undefined) return notRun('the relay did not get through it');
  const spreads = { ours: spread(ours), ...(theirs && { theirs: spread(theirs) }) };
  if (of === 'ours') return { ...limits, ...spreads, ...verdictOf(figure, spreads.ours.max) };
  if (theirs === undefined) return notRun(`${rival} did not get through it`);
  const unequal = differenceOf(measured.ours, theirSamples);
  if (unequal !== undefined) return notRun(unequal);
  return { ...limits, ...spreads, ...verdictOf(figure, spreads.ours.median / spread(theirs).median) };
}

function valuesOf({ value }: Figure, samples: readonly Sample[]): readonly number[] | undefined {
  const values = samples.map(value);
  return values.length === 0 || values.includes(undefined) ? undefined : (values as readonly number[]);
}

function verdictOf({ must, stretch }: Figure, result: number): Pick<Row, 'result' | 'verdict'> {
  if (result > must) return { result, verdict: 'missed' };
  return { result, verdict: stretch !== undefined && result > stretch ? 'must' : 'stretch' };
}

/** Ratios say something only of equal work. */
const MOST_DIFFERENCE = 0.05;

/** How the work of two contestants differs, if by more than what is tolerable. */
export function differenceOf(ours: readonly Sample[], theirs: readonly Sample[]): string | undefined {
  const measures = {
    'to connect': (sample: Sample) => sample.stormBytes,
    'per change': (sample: Sample) => sample.updates?.bytes ?? 0,
  };
  for (const [what, bytes] of Object.entries(measures)) {
    const [own, other] = [ours, theirs].map((samples) => spread(samples.map(bytes)).median) as [number, number];
    if (Math.abs(own - other) > MOST_DIFFERENCE * other) return `bytes ${what} differ by more than 5 %: ${own} to ${other}`;
  }
  return undefined;
}
