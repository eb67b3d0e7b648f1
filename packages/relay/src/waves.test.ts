import { expect, it } from 'vitest';
import { Waves } from './waves.ts';

it('keeps no more memory than the bytes it counts: a small buffer of a pool would keep all of that', () => {
  const waves = new Waves(1_000);
  const content = {};
  const { body, nonce } = waves.take(content, 0, (text) => Buffer.concat([Buffer.from('nonce '), Buffer.from(text)]));
  expect(body.toString()).toBe(`nonce ${nonce}`);
  expect(body.buffer.byteLength).toBe(body.length);
  expect(waves.take(content, 0, () => Buffer.alloc(0)).body).toBe(body);
});
