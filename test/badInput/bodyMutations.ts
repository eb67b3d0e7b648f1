import { gzipSync } from 'node:zlib';
import type { Random } from './random.ts';
import type { Mutation } from './requests.ts';

type Change = (random: Random, body: Buffer) => Buffer;

const WRECKS: readonly string[] = [
  '',
  ' ',
  'null',
  '[]',
  '"text"',
  '1',
  'true',
  '{',
  '}',
  '{}{}',
  '{"a":}',
  '{"a" 1}',
  "{'a':1}",
  '{a:1}',
  '[1,]',
  '{"a":1,}',
  '// no',
  '<xml/>',
  'a=b&c=d',
  '\0',
];

function bytes(change: Change): Mutation {
  return (random, { body, finish }) => {
    if (body === undefined) return false;
    finish.push((text) => change(random, text));
    return true;
  };
}

function inserted(body: Buffer, at: number, more: Buffer): Buffer {
  return Buffer.concat([body.subarray(0, at), more, body.subarray(at)]);
}

/** What can happen to a body once it is text. */
export const bodyMutations: readonly (readonly [string, Mutation])[] = [
  ['cut', bytes((random, body) => body.subarray(0, random.integer(0, Math.max(0, body.length - 1))))],
  [
    'a byte changed',
    bytes((random, body) => {
      const changed = Buffer.from(body);
      if (changed.length > 0) changed[random.integer(0, changed.length - 1)] = random.integer(0, 255);
      return changed;
    }),
  ],
  ['a byte more', bytes((random, body) => inserted(body, random.integer(0, body.length), Buffer.from([random.integer(0, 255)])))],
  ['a byte order mark', bytes((_random, body) => inserted(body, 0, Buffer.from([0xef, 0xbb, 0xbf])))],
  ['UTF-16', bytes((_random, body) => Buffer.from(body.toString(), 'utf16le'))],
  ['Latin-1', bytes((_random, body) => Buffer.concat([Buffer.from(body.toString(), 'latin1'), Buffer.from([0xe9])]))],
  ['gzip', bytes((_random, body) => gzipSync(body))],
  ['padded past the limit', bytes((_random, body) => Buffer.concat([body, Buffer.alloc(300 * 1024, 0x20)]))],
  ['padded up to the limit', bytes((_random, body) => Buffer.concat([body, Buffer.alloc(Math.max(0, 256 * 1024 - body.length), 0x20)]))],
  ['something behind it', bytes((random, body) => Buffer.concat([body, Buffer.from(random.pick(WRECKS))]))],
  ['something else', bytes((random) => Buffer.from(random.pick(WRECKS)))],
];
