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

/** A table of distributions, one line each, for people. */
export function table(rows: Readonly<Record<string, Distribution>>): string {
  const width = Math.max(...Object.keys(rows).map((title) => title.length));
  const line = (title: string, cells: readonly string[]): string =>
    [title.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join(' ');
  const lines = Object.entries(rows).map(([title, { p50, p99, max }]) =>
    line(
      title,
      [p50, p99, max].map((millis) => millis.toFixed(1)),
    ),
  );
  return [line('', ['p50', 'p99', 'max']), ...lines].join('\n');
}
