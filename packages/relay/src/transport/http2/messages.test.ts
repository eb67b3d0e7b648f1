import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { BadMessage, MessageReader, MessageWriter } from './messages.ts';

const LIMIT = 64 * 1024;

function read(chunks: readonly Buffer[], limit = LIMIT): readonly Buffer[] {
  const messages: Buffer[] = [];
  const reader = new MessageReader(limit, (message) => messages.push(Buffer.from(message)));
  for (const chunk of chunks) reader.add(chunk);
  return messages;
}

function cut(bytes: Buffer, at: readonly number[]): readonly Buffer[] {
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((place, index) => bytes.subarray(places[index - 1] ?? 0, place));
}

describe('messages of gRPC', () => {
  it('are read as they were framed, however their bytes are cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 20 }), (sent, places) => {
        const writer = new MessageWriter();
        const framed = Buffer.concat(sent.map((body) => writer.framed(Buffer.from(body))));
        expect(read(cut(framed, places)).map((message) => [...message])).toEqual(sent.map((body) => [...body]));
      }),
      { numRuns: 500 * inject('effort') },
    );
  });

  it('are read byte by byte, a large one and an empty one', () => {
    const body = Buffer.alloc(40_000, 'x');
    const framed = Buffer.concat([new MessageWriter().framed(body), new MessageWriter().framed(Buffer.alloc(0))]);
    expect(read(Array.from(framed, (byte) => Buffer.from([byte])))).toEqual([body, Buffer.alloc(0)]);
  });

  it('are framed once for all calls that get the same', () => {
    const writer = new MessageWriter();
    const [body, other] = [Buffer.from('body'), Buffer.from('body')];
    const framed = writer.framed(body);
    expect(writer.framed(body)).toBe(framed);
    expect(writer.framed(other)).not.toBe(framed);
    expect(framed).toEqual(Buffer.from([0, 0, 0, 0, 4, ...body]));
  });

  it('are refused compressed, and past the limit before any of their bytes are there', () => {
    expect(() => read([Buffer.from([1, 0, 0, 0, 0])])).toThrow(expect.objectContaining({ status: 'unimplemented' }));
    const head = Buffer.from([0, 0, 1, 0, 1]);
    expect(() => read([head])).toThrow(new BadMessage('resourceExhausted', 'a message of 65537 bytes; at most 65536 are taken'));
    expect(() => read([Buffer.from([0, 255, 255, 255, 255])])).toThrow(BadMessage);
  });

  it('cost no room that was only claimed', () => {
    const head = Buffer.from([0, 0, 0xf0, 0, 0]);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 200 }, () => new MessageReader(16 * 1024 * 1024, () => {}));
    for (const reader of readers) reader.add(head);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    expect(readers.every(({ midway }) => midway)).toBe(true);
  });
});
