import { expect, test } from 'vitest';
import { checkSize, TooLarge } from './tooLarge.ts';

const TYPE = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';

test('a type may be as large as the bound, and no larger', () => {
  const bound = 2 * 1024 * 1024;
  expect(() => checkSize(TYPE, bound, bound)).not.toThrow();
  expect(() => checkSize(TYPE, bound + 1, bound)).toThrow(TooLarge);
  expect(() => checkSize(TYPE, 2 * bound, bound)).toThrow(/at least 4\.0 MiB of Cluster resources.*2\.0 MiB/);
});
