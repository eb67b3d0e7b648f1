import { hash } from 'node:crypto';
import type { ContentHash } from './snapshot.ts';

/** Hashes encoded bytes: the first 128 bits of their SHA-256, 32 hex digits. */
export function contentHash(bytes: Uint8Array): ContentHash {
  return hash('sha256', bytes, 'hex').slice(0, 32);
}

/** Hashes a text, likewise. */
export function textHash(text: string): ContentHash {
  return hash('sha256', text, 'hex').slice(0, 32);
}

/** The xDS version of one proxy's resources of one type: a hash of its references, the same in whatever order they come. */
export function typeVersion(references: ReadonlyMap<string, ContentHash>): string {
  // JSON keeps name and hash apart whatever characters a name has.
  return hash('sha256', JSON.stringify(byKey(references)), 'hex').slice(0, 32);
}

/** The entries of a map in the order of their keys (code units): the only order that every machine agrees on. */
export function byKey<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  // Without a comparison of one's own texts are compared by code units, and several times as fast.
  return [...map.keys()].sort().map((key) => [key, map.get(key) as Value] as const);
}
