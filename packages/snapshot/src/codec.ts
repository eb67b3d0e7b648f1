import { gunzipSync, gzipSync } from 'node:zlib';
import { buildSnapshot, describeSnapshot } from './fileIndex.ts';
import { contentHash } from './hash.ts';
import type { ContentHash, MeshSnapshot } from './snapshot.ts';
import type { Published } from './store.ts';
import { SnapshotUnreadable, type UnreadableReason } from './unreadable.ts';
import { formatVersion } from './version.ts';

// The file: header | gzip(version and index as JSON) | gzip(bodies, one after the other in the order of the index).
//   header: magic (4 bytes) · format · stored bytes of the index · stored bytes of the bodies (each an unsigned 32-bit integer, big-endian)
// The index stands in front so that a reader may one day fetch it alone. Both parts are compressed: a mesh's resources resemble each other.

/** Number of the file format that is written; raised by a change that older readers cannot read. */
const SNAPSHOT_FORMAT = 2;

// Readers take this format and the one before it, for relays and publishers are not replaced in the same moment.
//   1: the first. 2: the index lists what was carried over.
const OLDEST_READABLE_FORMAT = SNAPSHOT_FORMAT - 1;

const MAGIC = Buffer.from('MWSS', 'latin1');
const HEADER_BYTES = 16;

/**
 * Largest object that readers take, in bytes: 64 MiB. Far above 10,000 proxies (about 5 MB stored); what passes it is an attack or an
 * accident, and would take the relay's memory.
 */
export const MAX_OBJECT_BYTES = 64 * 1024 * 1024;
const MAX_PART_BYTES = 256 * 1024 * 1024;

// Level 6 costs three times the time of level 3 for a few percent on these contents.
const COMPRESSION = { level: 3 } as const;

/** A snapshot as it is stored. */
export interface EncodedSnapshot {
  readonly bytes: Uint8Array;
  /** `<version>-<hash of the bytes>`. */
  readonly key: string;
  /** Hash of everything but the version: the format, too, for an object that never changed would one day be too old to be read. */
  readonly content: ContentHash;
}

/**
 * Encodes a snapshot as one file; equal snapshots give equal bytes, in whatever order their maps were filled.
 * @throws RangeError when the file would be larger than a reader takes: 64 MiB stored, 256 MiB of index or bodies.
 * @throws TypeError when a proxy refers to a resource that the snapshot does not have.
 */
export function encodeSnapshot(snapshot: MeshSnapshot): EncodedSnapshot {
  const { index, bodies } = describeSnapshot(snapshot);
  const content = Buffer.from(JSON.stringify(index));
  const indexBytes = Buffer.concat([Buffer.from(`["${formatVersion(snapshot.version)}",`), content, Buffer.from(']')]);
  const bodyBytes = Buffer.concat(bodies);
  const parts = [gzipSync(indexBytes, COMPRESSION), gzipSync(bodyBytes, COMPRESSION)] as const;
  const bytes = Buffer.concat([header(parts[0].length, parts[1].length), ...parts]);
  if (bytes.length > MAX_OBJECT_BYTES || indexBytes.length > MAX_PART_BYTES || bodyBytes.length > MAX_PART_BYTES) {
    throw new RangeError(
      `Snapshot ${formatVersion(snapshot.version)} of mesh ${snapshot.mesh} takes ${bytes.length} bytes (index ${indexBytes.length}, bodies ${bodyBytes.length} uncompressed); ` +
        `at most ${MAX_OBJECT_BYTES} (${MAX_PART_BYTES} each) can be read back. Split the mesh.`,
    );
  }
  return {
    bytes,
    key: `${formatVersion(snapshot.version)}-${contentHash(bytes)}`,
    content: contentHash(Buffer.concat([Buffer.from(`${SNAPSHOT_FORMAT} `), content])),
  };
}

/**
 * Decodes a file that `encodeSnapshot` wrote.
 * @param expectedKey the key it was asked for by: its hash is checked before anything else is read.
 * @throws SnapshotUnreadable with the reason.
 */
export function decodeSnapshot(bytes: Uint8Array, expectedKey: string): MeshSnapshot {
  const refuse = (reason: UnreadableReason, detail: string, cause?: unknown): SnapshotUnreadable =>
    new SnapshotUnreadable(expectedKey, reason, detail, cause === undefined ? undefined : { cause });
  if (bytes.length > MAX_OBJECT_BYTES) throw refuse('oversized', `${bytes.length} bytes, at most ${MAX_OBJECT_BYTES} are read`);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const actual = contentHash(file);
  if (!expectedKey.endsWith(`-${actual}`)) {
    const length = declaredLength(file);
    if (length === undefined || length <= file.length) throw refuse('corrupt', `its bytes have the hash ${actual}`);
    throw refuse('truncated', `${file.length} of ${length} bytes`);
  }
  const length = declaredLength(file);
  if (length === undefined || file.length < HEADER_BYTES) throw refuse('otherFormat', 'it does not begin as a snapshot file does');
  const format = file.readUInt32BE(4);
  if (format > SNAPSHOT_FORMAT || format < OLDEST_READABLE_FORMAT) {
    throw refuse('otherFormat', `format ${format}, this build reads ${OLDEST_READABLE_FORMAT} to ${SNAPSHOT_FORMAT}`);
  }
  if (length !== file.length) throw refuse('inconsistent', `its header speaks of ${length} bytes, it has ${file.length}`);
  return readParts(file, refuse);
}

/**
 * Decodes the object that a head refers to, for adapters: its bytes must be those the key names, and this mesh's.
 * The version is the head's: an unchanged compile moves the version and leaves the object. The head's `content` is not looked
 * at: it is for telling an unchanged compile, and the key already vouches for every byte.
 * @throws SnapshotUnreadable with the reason.
 */
export function openPublished(bytes: Uint8Array, mesh: string, published: Published): MeshSnapshot {
  const snapshot = decodeSnapshot(bytes, published.key);
  if (snapshot.mesh !== mesh) throw new SnapshotUnreadable(published.key, 'mismatched', `it is of mesh ${snapshot.mesh}, not ${mesh}`);
  return { ...snapshot, version: published.version };
}

function header(indexStored: number, bodiesStored: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(SNAPSHOT_FORMAT, 4);
  bytes.writeUInt32BE(indexStored, 8);
  bytes.writeUInt32BE(bodiesStored, 12);
  return bytes;
}

/** What the header says the whole file has; undefined when this is no header. An empty or cut header stands for a whole one. */
function declaredLength(file: Buffer): number | undefined {
  if (!file.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, file.length))) return undefined;
  return file.length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + file.readUInt32BE(8) + file.readUInt32BE(12);
}

function readParts(file: Buffer, refuse: (reason: UnreadableReason, detail: string, cause: unknown) => SnapshotUnreadable): MeshSnapshot {
  const bodiesAt = HEADER_BYTES + file.readUInt32BE(8);
  try {
    const [version, index] = JSON.parse(unpack(file.subarray(HEADER_BYTES, bodiesAt)).toString()) as readonly unknown[];
    return buildSnapshot(file.readUInt32BE(4), version, index, unpack(file.subarray(bodiesAt)));
  } catch (cause) {
    // The bytes are those the key names, so whoever wrote them wrote nonsense, or more than a reader takes.
    const tooLarge = cause instanceof RangeError;
    throw refuse(tooLarge ? 'oversized' : 'inconsistent', cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unpack(part: Uint8Array): Buffer {
  return gunzipSync(part, { maxOutputLength: MAX_PART_BYTES });
}
