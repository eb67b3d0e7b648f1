import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { behaviours, provedByEnvoys } from './behaviours.ts';

test('every behaviour clients rely on has its own test', () => {
  const sources = globSync('*.test.ts', { cwd: import.meta.dirname }).map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
  const tested = sources.flatMap((source) => [...source.matchAll(/^(?:test|describe)(?:\.each\(.*\))?\(behaviours\[(\d+)\]/gm)]);
  const numbers = tested.map(([, number]) => Number(number)).toSorted((left, right) => left - right);
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 27, 28]);
  expect(Object.keys(behaviours).map(Number)).toEqual(numbers);
});

test.each(provedByEnvoys)('what Envoys do of behaviour $of has its own test: $what', ({ file, title }) => {
  const source = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
  expect(source).toContain(`  test('${title}', `);
});
