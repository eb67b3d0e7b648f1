import { describe, expect, it } from 'vitest';
import { Waves } from './waves.ts';

const body = (nonce: string): Buffer => Buffer.alloc(100, nonce);

describe('waves', () => {
  it('gives all streams the same body until one has had it, which gets another nonce', () => {
    const waves = new Waves(1_000);
    const content = {};
    const first = waves.take(content, 0, body);
    expect(waves.take(content, 0, body)).toBe(first);
    const second = waves.take(content, first.nonce, body);
    expect(second.nonce).toBeGreaterThan(first.nonce);
    expect(waves.take(content, 0, body)).toBe(second);
    expect(waves.bytes).toBe(100);
  });

  it('keeps no more than it may, the newest first, and encodes anew what it has dropped', () => {
    const waves = new Waves(250);
    const contents = [{}, {}, {}, {}];
    const made = contents.map((content) => waves.take(content, 0, body));
    expect(waves.bytes).toBe(200);
    expect(waves.take(contents[3] ?? {}, 0, body)).toBe(made[3]);
    const again = waves.take(contents[0] ?? {}, 0, body);
    expect(again.nonce).toBeGreaterThan(made[3]?.nonce ?? 0);
    expect(waves.bytes).toBe(200);
  });

  it('keeps one body that is larger than all it may keep, for there is a wave to serve', () => {
    const waves = new Waves(10);
    const content = {};
    const made = waves.take(content, 0, body);
    expect(waves.take(content, 0, body)).toBe(made);
    waves.take({}, 0, body);
    expect(waves.bytes).toBe(100);
  });

  it('keeps no more memory than the bytes it counts: a small buffer of a pool would keep all of that', () => {
    const waves = new Waves(1_000);
    const { body: kept, nonce } = waves.take({}, 0, (text) => Buffer.concat([Buffer.from('nonce '), Buffer.from(text)]));
    expect(kept.toString()).toBe(`nonce ${nonce}`);
    expect(kept.buffer.byteLength).toBe(kept.length);
  });
});
