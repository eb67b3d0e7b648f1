import { buildSnapshot, ChangedSnapshot } from './building.ts';
import { describeChanges, describeSnapshot, hashContent } from './describing.ts';
import { type OpenedFile, openFile, type PackedFile, packFile, packFileInBackground, SNAPSHOT_FORMAT } from './file.ts';
import type { Link } from './lineages.ts';
import type { ContentHash, MeshSnapshot } from './snapshot.ts';
import { SnapshotUnreadable } from './unreadable.ts';

/**
 * Objects of at least so many bytes are followed by changes: 64 KiB, about a mesh of 200 services. Below, an object of its own for each
 * version is simpler, and no reader needs two. Twice what 100 services take, so that what a change costs hardly grows with the mesh.
 */
const LEAST_FOLLOWED_BYTES = 64 * 1024;

/**
 * Most changes between two whole objects: 64. What a whole one takes is spread over as many changes, and whoever comes with nothing
 * reads as many objects.
 */
const MOST_CHANGES = 64;

/** A snapshot as it is stored. */
export interface EncodedSnapshot extends PackedFile {
  readonly content: ContentHash;
}

/** Hash of everything but the version: the format, too, for an object that never changed would one day be too old to be read. */
export function contentOf(snapshot: MeshSnapshot): ContentHash {
  return hashContent(snapshot, SNAPSHOT_FORMAT);
}

/**
 * Encodes a snapshot as one file that is whole; equal snapshots give equal bytes, in whatever order their maps were filled.
 * @throws RangeError when the file would be larger than a reader takes: 64 MiB stored, 256 MiB of index or bodies.
 * @throws TypeError when a proxy refers to a resource that the snapshot does not have.
 */
export function encodeSnapshot(snapshot: MeshSnapshot): EncodedSnapshot {
  const { mesh, version } = snapshot;
  return { ...packFile({ mesh, version, chain: [], ...describeSnapshot(snapshot) }), content: contentOf(snapshot) };
}

/**
 * Encodes what a snapshot has otherwise than the one before it where that is much less, else all of it; compressed in threads of their own.
 * @param before undefined where it is not known.
 * @throws what `encodeSnapshot` throws.
 */
export async function encodeFollowing(snapshot: MeshSnapshot, before: Link | undefined): Promise<PackedFile> {
  const changes = before === undefined ? undefined : await encodeChanges(snapshot, before);
  if (changes !== undefined) return changes;
  const { mesh, version } = snapshot;
  return await packFileInBackground({ mesh, version, chain: [], ...describeSnapshot(snapshot) });
}

async function encodeChanges(snapshot: MeshSnapshot, before: Link): Promise<PackedFile | undefined> {
  if (before.wholeBytes < LEAST_FOLLOWED_BYTES || before.chain.length >= MOST_CHANGES) return undefined;
  const described = describeChanges(before.snapshot, snapshot);
  if (described === undefined) return undefined;
  const { mesh, version } = snapshot;
  const file = await packFileInBackground({ mesh, version, chain: [...before.chain, before.key], ...described });
  return before.changesBytes + file.bytes.length > before.wholeBytes ? undefined : file;
}

/** What the next version may be encoded as changes to. @param before what `encodeFollowing` had. */
export function linkTo({ key, chain, bytes }: PackedFile, snapshot: MeshSnapshot, before: Link | undefined): Link {
  if (before === undefined || chain.length === 0) return { key, snapshot, chain, wholeBytes: bytes.length, changesBytes: 0 };
  return { key, snapshot, chain, wholeBytes: before.wholeBytes, changesBytes: before.changesBytes + bytes.length };
}

/** A snapshot that somebody has, and the key of the object that led to it. */
export interface LoadedSnapshot {
  readonly key: string;
  readonly snapshot: MeshSnapshot;
}

/** How many objects of a chain are read at once. */
const READ_AT_ONCE = 8;

/**
 * Reads the snapshot that a head refers to, for adapters: the bytes of each object must be those its key names, and of this mesh.
 * What holds changes is applied to exactly what it was made from: to what the reader has, if that is in its chain, else to the chain.
 * The version is the head's: an unchanged compile moves the version and leaves the object. The head's `content` is not looked
 * at: it is for telling an unchanged compile, and the keys already vouch for every byte.
 *
 * Resources are views of the bytes of their object: who keeps some of them for long copies those.
 * @param readObject the bytes of an object by its key.
 * @param before what the reader has: what is equal is taken over.
 * @throws SnapshotUnreadable with the reason, and the key of the object that cannot be read; what `readObject` throws.
 */
export async function readPublished(
  readObject: (key: string) => Promise<Uint8Array>,
  mesh: string,
  { key, version }: Pick<LoadedSnapshot, 'key'> & Pick<MeshSnapshot, 'version'>,
  before?: LoadedSnapshot,
): Promise<MeshSnapshot> {
  const file = openFile(await readObject(key), key);
  const snapshot = file.chain.length === 0 ? readWhole(file, mesh, key, before) : await readChain(readObject, mesh, { key, file }, before);
  return { ...snapshot, version };
}

interface Last {
  readonly key: string;
  readonly file: OpenedFile;
}

async function readChain(
  readObject: (key: string) => Promise<Uint8Array>,
  mesh: string,
  { key: last, file }: Last,
  before: LoadedSnapshot | undefined,
): Promise<MeshSnapshot> {
  if (file.chain.length > MOST_CHANGES) throw new SnapshotUnreadable(last, 'oversized', `it builds on ${file.chain.length} objects`);
  const known = before === undefined ? -1 : file.chain.indexOf(before.key);
  const isKnown = before !== undefined && known >= 0;
  let changed = isKnown ? new ChangedSnapshot(before.snapshot) : undefined;
  const missing = file.chain.slice(known + 1);
  for (let at = 0; at < missing.length; at += READ_AT_ONCE) {
    const keys = missing.slice(at, at + READ_AT_ONCE);
    const objects = await Promise.all(keys.map(async (key) => ({ key, bytes: await readObject(key) })));
    for (const { key, bytes } of objects) {
      const link = openFile(bytes, key);
      if (changed === undefined) changed = new ChangedSnapshot(readWhole(link, mesh, key, before));
      else apply(changed, link, key, file.chain.slice(0, file.chain.indexOf(key)));
    }
  }
  if (changed === undefined) throw new SnapshotUnreadable(last, 'inconsistent', 'it builds on nothing');
  apply(changed, file, last, file.chain);
  return changed.snapshot;
}

/** @throws SnapshotUnreadable also when the object was made from something else. */
function apply(changed: ChangedSnapshot, file: OpenedFile, key: string, chain: readonly string[]): void {
  if (chain.length !== file.chain.length || chain.some((link, place) => link !== file.chain[place])) {
    throw new SnapshotUnreadable(key, 'inconsistent', 'it builds on other objects than those it is applied to');
  }
  file.read((version, index, bodies) => changed.apply({ version, index, bodies }));
}

function readWhole(file: OpenedFile, mesh: string, key: string, before: LoadedSnapshot | undefined): MeshSnapshot {
  if (file.chain.length > 0) throw new SnapshotUnreadable(key, 'inconsistent', 'it holds changes where a whole snapshot is needed');
  const snapshot = file.read((version, index, bodies) => buildSnapshot({ version, index, bodies }, before?.snapshot));
  if (snapshot.mesh !== mesh) throw new SnapshotUnreadable(key, 'mismatched', `it is of mesh ${snapshot.mesh}, not ${mesh}`);
  return snapshot;
}
