import { type EncodedSnapshot, encodeSnapshot, type Head, type MeshSnapshot } from '@meshwright/snapshot';
import { versionOfKey } from './retention.ts';

/**
 * The object that a head refers to, made again from what it should say: the same content gives the same bytes and so the same
 * key; should it not, the head moves to the key of those it gives.
 */
export function restored(head: Head, snapshot: MeshSnapshot): { readonly head: Head; readonly object: EncodedSnapshot } {
  // An unchanged compile may have moved the version since the object was written: its bytes carry the version in its key.
  const object = encodeSnapshot({ ...snapshot, version: versionOfKey(head.latest.key) ?? snapshot.version });
  const latest = { version: head.latest.version, key: object.key, content: object.content };
  return { head: { ...head, latest, serving: latest }, object };
}
