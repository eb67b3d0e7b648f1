import { expect, inject, test } from 'vitest';
import { effortOf } from './effort.ts';

test('npm run check searches a fifth of what npm test does, the slow tests ten times as much', () => {
  expect(effortOf({})).toBe(1);
  expect(effortOf({ MESH_TEST_QUICK: '1' })).toBe(0.2);
  expect(effortOf({ MESH_TEST_SLOW: '1' })).toBe(10);
  expect(inject('effort')).toBe(effortOf(process.env));
});
