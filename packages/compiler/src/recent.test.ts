import { expect, test } from 'vitest';
import { Recent } from './recent.ts';

const keptOf = (recent: Recent<number>, keys: string): string => [...keys].filter((key) => recent.get(key) !== undefined).join('');

test('keeps the values used last', () => {
  const recent = new Recent<number>({ values: 2, weight: 1_000, weigh: (value) => value });
  recent.set('a', 1);
  recent.set('b', 2);
  expect(recent.get('a')).toBe(1);
  recent.set('c', 3);
  expect(keptOf(recent, 'abc')).toBe('ac');
  recent.delete('a');
  expect(keptOf(recent, 'abc')).toBe('c');
});

test('keeps no more than weighs so much together, but the last one whatever it weighs', () => {
  const recent = new Recent<number>({ values: 10, weight: 10, weigh: (value) => value });
  recent.set('a', 4);
  recent.set('b', 4);
  recent.set('c', 6);
  expect(keptOf(recent, 'abc')).toBe('bc');
  recent.set('d', 50);
  expect(keptOf(recent, 'abcd')).toBe('d');
  recent.set('d', 5);
  recent.set('a', 5);
  expect(keptOf(recent, 'ad')).toBe('ad');
});
