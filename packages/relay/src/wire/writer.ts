import { LENGTH_DELIMITED, VARINT } from './reader.ts';

// Fields of protobuf messages, for the few that are written by hand.

/** Encodes a field of a string. Empty strings are left out, as proto3 does. */
export function stringField(field: number, value: string): Buffer {
  if (value === '') return Buffer.alloc(0);
  const bytes = Buffer.from(value);
  return Buffer.concat([tagAndLength(field, bytes.length), bytes]);
}

/** Encodes a field of bytes or a message, as its head and the bytes themselves. */
export function bytesField(field: number, bytes: Uint8Array): Buffer[] {
  return [tagAndLength(field, bytes.length), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
}

/** Encodes a field of a whole number from 0. */
export function numberField(field: number, value: number): Buffer {
  return tagAndVarint(field * 8 + VARINT, value);
}

/** Encodes what stands before the bytes of a field. */
export function tagAndLength(field: number, length: number): Buffer {
  return tagAndVarint(field * 8 + LENGTH_DELIMITED, length);
}

function tagAndVarint(tag: number, value: number): Buffer {
  const bytes = [tag];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
