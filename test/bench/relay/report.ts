import type { Spread } from '../distribution.ts';
import type { Row } from './figures.ts';

const VERDICTS = { stretch: 'met, stretch too', must: 'met', missed: 'NOT MET', 'not run': 'not run' } as const;
const HEADS = ['', 'measure', 'unit', 'rival', 'ours', 'theirs', 'result', 'must', 'stretch', 'verdict'];

/** The figures as a table for people; spreads are least / median / most of the runs. */
export function relayTable(rows: readonly Row[]): string {
  const lines = [HEADS, ...rows.map(cells)];
  const widths = HEADS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells(row: Row): readonly string[] {
  const limit = (value: number | undefined): string => (value === undefined ? '' : `≤ ${value}`);
  const result = row.result === undefined ? '' : row.of === 'ratio' ? `${rounded(row.result)} x` : rounded(row.result);
  const verdict = row.reason === undefined ? VERDICTS[row.verdict] : `${VERDICTS[row.verdict]}: ${row.reason}`;
  return [
    row.id,
    row.title,
    row.unit,
    row.rival,
    spreadText(row.ours),
    spreadText(row.theirs),
    result,
    limit(row.must),
    limit(row.stretch),
    verdict,
  ];
}

function spreadText(values: Spread | undefined): string {
  return values === undefined ? '' : `${rounded(values.min)} / ${rounded(values.median)} / ${rounded(values.max)}`;
}

/** Three digits that count. */
function rounded(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
