import { expect, it } from 'vitest';
import { bytesOfChange } from './compile.ts';

it('stores one changed route in as many bytes, or twice that, in a mesh of 2,000 services as in one of 100', {
  timeout: 120_000,
}, async () => {
  const [small, large] = [await bytesOfChange(100), await bytesOfChange(2_000)];
  expect(large.puts).toBeLessThanOrEqual(3);
  expect(large.putBytes / small.putBytes).toBeLessThanOrEqual(2);
});
