import { gunzipSync, gzipSync } from 'node:zlib';

/** Below this many characters compressing takes longer than it saves room. */
const WORTH_COMPRESSING = 512;

/** Fast and light: log rows are written with every commit and say much the same twice, before and after. */
const LEVEL = 1;

/** A log row's changes as they are kept: as text when short, else compressed. */
export function pack(text: string): string | Uint8Array {
  return text.length < WORTH_COMPRESSING ? text : gzipSync(text, { level: LEVEL });
}

/**
 * What was packed.
 * @throws Error when the bytes are damaged.
 */
export function unpack(packed: string | Uint8Array): string {
  return typeof packed === 'string' ? packed : gunzipSync(packed).toString();
}
