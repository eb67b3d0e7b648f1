import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requiredTests } from './requiredTests.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Numbers that have tests of their own so far. */
const ROWS = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38,
  40, 41, 42, 43, 44,
];

it('every rule has its tests', () => {
  expect(requiredTests.map(({ row }) => row)).toEqual(ROWS);
});

it.each(requiredTests)('rule $row is held by tests that exist: $rule', ({ tests }) => {
  const named = Object.entries(tests).flatMap(([file, titles]) => titles.map((title) => ({ file, title })));
  expect(named.length).toBeGreaterThan(0);
  for (const { file, title } of named) expect(titlesIn(file), `${file} has no test of this title`).toContain(title);
});

/** Titles of the tests in a file, as they are written there. */
function titlesIn(file: string): readonly string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  return Array.from(
    source.matchAll(/\b(?:it|test)(?:\.each\([^)]*\)+)?\(\s*(['"`])(?<title>.*?)\1,/gs),
    ({ groups }) => groups?.title ?? '',
  );
}
