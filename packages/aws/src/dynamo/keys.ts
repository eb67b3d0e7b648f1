import { createHash } from 'node:crypto';
import type { Kind, MeshKey, Ref } from '@meshwright/model';

/** The primary key of an item, as `meshTable` names it; strings sort by their UTF-8 bytes. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/**
 * Most bytes of a name that its sort key spells out. A sort key takes 1024 bytes, a name of 255 characters up to 1020; a longer one
 * goes on with its hash, so that only names that share these bytes are out of order among themselves.
 */
const MAX_NAME_BYTES = 880;

/** Most bytes of a parent's name that a sort key spells out: it must be told apart, not sorted. */
const MAX_PARENT_BYTES = 64;

/** Digits of a generation in a sort key, so that their order is that of the numbers: enough for 64 bits. */
const GENERATION_DIGITS = 20;

/** What the sort keys of log rows begin with, and no others whatever a mesh is called: consumers of the stream filter by it. */
const LOG_ROW = 'log#';
const LOG_PARTITION = 'log#';

/** Partition of a mesh's generation row and of all its resources. An account has digits only, so that the first `#` after it ends it. */
export function meshPartition({ owner, mesh }: MeshKey): string {
  return `mesh#${owner}#${mesh}`;
}

/** Partition of a mesh's log, apart from its resources: a mesh is read without its history. */
export function logPartition({ owner, mesh }: MeshKey): string {
  return `${LOG_PARTITION}${owner}#${mesh}`;
}

/** Partition of the meshes that exist in an account. */
export function accountPartition(owner: string): string {
  return `account#${owner}`;
}

/** Partition of every mesh there ever was. */
export const REGISTRY_PARTITION = 'meshes';

/** Key of a mesh's generation row; no kind is called so. */
export function generationKey(mesh: MeshKey): ItemKey {
  return { pk: meshPartition(mesh), sk: 'generation' };
}

/** Key of a resource in its mesh's partition. */
export function resourceItemKey(mesh: MeshKey, ref: Ref): ItemKey {
  return { pk: meshPartition(mesh), sk: resourceSortKey(ref) };
}

/** Sort key of a resource: kind, parent and name. */
export function resourceSortKey({ kind, parent, name }: Ref): string {
  return siblingsPrefix(kind, parent) + sortableName(name);
}

/** What the sort keys of all resources of one kind and parent begin with, and no others. */
export function siblingsPrefix(kind: Kind, parent: string | undefined): string {
  return parent === undefined ? `${kind}#` : `${kind}#${distinctParent(parent)}#`;
}

/** Key of an existing mesh in its account's partition. */
export function accountMeshKey({ owner, mesh }: MeshKey): ItemKey {
  return { pk: accountPartition(owner), sk: `mesh#${sortableName(mesh)}` };
}

/** Key of a mesh in the list of every mesh there ever was. */
export function registryKey({ owner, mesh }: MeshKey): ItemKey {
  return { pk: REGISTRY_PARTITION, sk: `${owner}#${sortableName(mesh)}` };
}

/** Key of the log row of one commit. */
export function logRowKey(mesh: MeshKey, generation: bigint): ItemKey {
  return { pk: logPartition(mesh), sk: logSortKey(generation) };
}

/** Sort key of a log row: rows sort by generation, and the parts of large ones lie elsewhere. */
export function logSortKey(generation: bigint): string {
  return LOG_ROW + generation.toString().padStart(GENERATION_DIGITS, '0');
}

/** Sort key after every log row. */
export const LOG_END = `${LOG_ROW}~`;

/** What the sort keys of the parts of a log row too large for one item begin with. */
export function logPartsPrefix(hash: string): string {
  return `part#${hash}#`;
}

/** Key of a `clientToken`'s record. Hashed: a token's key holds a path, which may be longer than a partition key. */
export function tokenItemKey(key: string): ItemKey {
  return { pk: `token#${hashOf(key)}`, sk: 'token' };
}

/** Whether an item is the log row of a commit, as the keys of a stream record tell. */
export function isLogRow({ sk }: ItemKey): boolean {
  return sk.startsWith(LOG_ROW);
}

/** The mesh a log row belongs to; undefined when that is not the partition of a log. */
export function meshOfLogPartition(partition: string): MeshKey | undefined {
  if (!partition.startsWith(LOG_PARTITION)) return undefined;
  const end = partition.indexOf('#', LOG_PARTITION.length);
  const owner = partition.slice(LOG_PARTITION.length, end);
  const mesh = partition.slice(end + 1);
  return end < 0 || owner === '' || mesh === '' ? undefined : { owner, mesh };
}

/** Short ones are spelled out for whoever looks at the table; their length in front keeps `a#b` with `c` apart from `a` with `b#c`. */
function distinctParent(parent: string): string {
  return Buffer.byteLength(parent) <= MAX_PARENT_BYTES ? `${parent.length}.${parent}` : `~${hashOf(parent)}`;
}

/** A name as a sort key spells it: in the order of the names' bytes, and no longer than a sort key may be. */
export function sortableName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  let spelled = '';
  let bytes = 0;
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_NAME_BYTES) break;
    spelled += character;
  }
  // No name holds NUL, and nothing sorts before it.
  return `${spelled}\0${hashOf(name)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
