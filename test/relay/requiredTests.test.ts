import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requiredTests } from './requiredTests.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RULES = 44;

it('every rule has its tests', () => {
  const numbers = Array.from({ length: RULES }, (_, index) => index + 1);
  expect(requiredTests.map(({ row }) => row)).toEqual(numbers);
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
