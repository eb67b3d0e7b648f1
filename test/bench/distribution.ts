/** What a set of measured times comes down to, in milliseconds. */
export interface Distribution {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Percentiles by nearest rank: always a time that was measured, to the microsecond. Below 100 times p99 is the maximum.
 * @throws RangeError without any time.
 */
export function distribution(millis: readonly number[]): Distribution {
  const sorted = millis.toSorted((a, b) => a - b);
  const rank = (percent: number): number => {
    const found = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
    if (found === undefined) throw new RangeError('Nothing was measured');
    // What is finer is noise.
    return Math.round(found * 1000) / 1000;
  };
  return { p50: rank(50), p99: rank(99), max: rank(100) };
}

/** What a few runs came to. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/**
 * The middle of the runs and how far they went; of an even number of runs the lower middle one, which was measured.
 * @throws RangeError without any run.
 */
export function spread(runs: readonly number[]): Spread {
  const sorted = runs.toSorted((a, b) => a - b);
  const [min, median, max] = [sorted[0], sorted[Math.ceil(sorted.length / 2) - 1], sorted.at(-1)];
  if (min === undefined || median === undefined || max === undefined) throw new RangeError('Nothing was measured');
  return { min, median, max };
}

/** A table of distributions, one line each, for people. */
export function table(rows: Readonly<Record<string, Distribution>>): string {
  const cells = Object.entries(rows).map(([title, { p50, p99, max }]) => [title, ...[p50, p99, max].map((millis) => millis.toFixed(1))]);
  return aligned([['', 'p50', 'p99', 'max'], ...cells]);
}

/** A table of spreads, likewise. */
export function spreadTable(rows: Readonly<Record<string, Spread>>): string {
  const cells = Object.entries(rows).map(([title, { min, median, max }]) => [title, ...[min, median, max].map(String)]);
  return aligned([['', 'min', 'median', 'max'], ...cells]);
}

function aligned(lines: readonly (readonly string[])[]): string {
  const width = Math.max(...lines.map(([title = '']) => title.length));
  return lines.map(([title = '', ...cells]) => [title.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join(' ')).join('\n');
}
