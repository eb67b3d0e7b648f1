import { promisify } from 'node:util';
import { constants, gunzipSync, type ZstdOptions, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { contentHash } from './hash.ts';
import type { MeshSnapshot, SnapshotVersion } from './snapshot.ts';
import { SnapshotUnreadable, type UnreadableReason } from './unreadable.ts';
import { formatVersion } from './version.ts';

// The file: header | chain | zstd(version and index as JSON) | zstd(bodies, one after the other in the order of the index).
//   header: magic (4 bytes) · format · stored bytes of the index · of the bodies · of the chain (each an unsigned 32-bit integer, big-endian)
//   chain: the keys of the objects this one builds on, the whole one first, a line each; empty for one that is whole itself
// What one object builds on can be read without unpacking it. Index and bodies are compressed: a mesh's resources resemble each other.

/** Number of the file format that is written; raised by a change that older readers cannot read. */
export const SNAPSHOT_FORMAT = 3;

// Readers take this format and the one before it, for relays and publishers are not replaced in the same moment.
//   2: the index lists what was carried over. 3: an object may hold what changed since others; zstd in place of gzip.
const OLDEST_READABLE_FORMAT = SNAPSHOT_FORMAT - 1;

const MAGIC = Buffer.from('MWSS', 'latin1');
const HEADER_BYTES = 20;
/** Without a chain. */
const HEADER_BYTES_OF_2 = 16;

/**
 * Largest object that readers take, in bytes: 64 MiB. Far above 10,000 proxies (about 3 MB stored); what passes it is an attack or an
 * accident, and would take the relay's memory.
 */
export const MAX_OBJECT_BYTES = 64 * 1024 * 1024;
const MAX_PART_BYTES = 256 * 1024 * 1024;

// As fast as level 3 of gzip on these contents for six tenths of its bytes, and read several times as fast.
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 3 } as const;
const inBackground = promisify(zstdCompress);

/** With the size told, the bytes are the same in the background and not. */
function compression(part: Uint8Array): ZstdOptions {
  return { params: LEVEL, pledgedSrcSize: part.length };
}

/** What a file is made of. */
export interface FileParts {
  readonly mesh: string;
  readonly version: SnapshotVersion;
  /** Keys of what it builds on, the whole one first. */
  readonly chain: readonly string[];
  /** Anything that JSON can say. */
  readonly index: object;
  readonly bodies: readonly Uint8Array[];
}

/** A file and the name it is stored by. */
export interface PackedFile {
  readonly bytes: Uint8Array;
  /** `<version>-<hash of the bytes>`. */
  readonly key: string;
  /** Keys of the objects it cannot be read without, the whole one first; none for one that is whole itself. */
  readonly chain: readonly string[];
}

/** @throws RangeError when the file would be larger than a reader takes: 64 MiB stored, 256 MiB of index or bodies. */
export function packFile(parts: FileParts): PackedFile {
  const [index, bodies] = laidOut(parts);
  return packed(parts, zstdCompressSync(index, compression(index)), zstdCompressSync(bodies, compression(bodies)));
}

/**
 * The same, compressed in threads of their own meanwhile.
 * @throws RangeError as `packFile`.
 */
export async function packFileInBackground(parts: FileParts): Promise<PackedFile> {
  const [index, bodies] = laidOut(parts);
  return packed(parts, ...(await Promise.all([inBackground(index, compression(index)), inBackground(bodies, compression(bodies))])));
}

function laidOut(parts: FileParts): readonly [Buffer, Buffer] {
  const index = Buffer.from(`["${formatVersion(parts.version)}",${JSON.stringify(parts.index)}]`);
  const bodies = Buffer.concat(parts.bodies);
  if (Math.max(index.length, bodies.length) > MAX_PART_BYTES) {
    throw tooLarge(parts, `index ${index.length} and bodies ${bodies.length} uncompressed, at most ${MAX_PART_BYTES} each`);
  }
  return [index, bodies];
}

function packed(parts: FileParts, index: Buffer, bodies: Buffer): PackedFile {
  const chain = Buffer.from(parts.chain.join('\n'), 'latin1');
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  for (const [place, value] of [SNAPSHOT_FORMAT, index.length, bodies.length, chain.length].entries()) {
    header.writeUInt32BE(value, MAGIC.length + 4 * place);
  }
  const bytes = Buffer.concat([header, chain, index, bodies]);
  if (bytes.length > MAX_OBJECT_BYTES) throw tooLarge(parts, `${bytes.length}, at most ${MAX_OBJECT_BYTES}`);
  return { bytes, key: `${formatVersion(parts.version)}-${contentHash(bytes)}`, chain: parts.chain };
}

function tooLarge({ mesh, version }: Pick<MeshSnapshot, 'mesh' | 'version'>, bytes: string): RangeError {
  return new RangeError(
    `Snapshot ${formatVersion(version)} of mesh ${mesh} takes more bytes than can be read back: ${bytes}. Split the mesh.`,
  );
}

/** A file that is the one its key names. */
export interface OpenedFile {
  readonly format: number;
  readonly chain: readonly string[];
  /**
   * Hands over what it holds, unpacked.
   * @throws SnapshotUnreadable `inconsistent` for any error there, `oversized` for a RangeError.
   */
  read<Result>(use: (version: unknown, index: unknown, bodies: Uint8Array) => Result): Result;
}

/**
 * Opens a file that was packed by this build or the one before.
 * @param expectedKey the key it was asked for by: its hash is checked before anything else is read.
 * @throws SnapshotUnreadable with the reason.
 */
export function openFile(bytes: Uint8Array, expectedKey: string): OpenedFile {
  const refuse = (reason: UnreadableReason, detail: string, cause?: unknown): SnapshotUnreadable =>
    new SnapshotUnreadable(expectedKey, reason, detail, cause === undefined ? undefined : { cause });
  if (bytes.length > MAX_OBJECT_BYTES) throw refuse('oversized', `${bytes.length} bytes, at most ${MAX_OBJECT_BYTES} are read`);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const layout = layoutOf(file);
  const actual = contentHash(file);
  if (!expectedKey.endsWith(`-${actual}`)) {
    if (layout === undefined || layout.end <= file.length) throw refuse('corrupt', `its bytes have the hash ${actual}`);
    throw refuse('truncated', `${file.length} of ${layout.end} bytes`);
  }
  if (layout === undefined || file.length < layout.chainAt) throw refuse('otherFormat', 'it does not begin as a snapshot file does');
  const { format, chainAt, indexAt, bodiesAt, end } = layout;
  if (format > SNAPSHOT_FORMAT || format < OLDEST_READABLE_FORMAT) {
    throw refuse('otherFormat', `format ${format}, this build reads ${OLDEST_READABLE_FORMAT} to ${SNAPSHOT_FORMAT}`);
  }
  if (end !== file.length) throw refuse('inconsistent', `its header speaks of ${end} bytes, it has ${file.length}`);
  return {
    format,
    chain: keysIn(file.subarray(chainAt, indexAt)),
    read(use) {
      try {
        const unpack = format < 3 ? gunzipSync : zstdDecompressSync;
        const limit = { maxOutputLength: MAX_PART_BYTES };
        const [version, index] = JSON.parse(unpack(file.subarray(indexAt, bodiesAt), limit).toString()) as readonly unknown[];
        return use(version, index, unpack(file.subarray(bodiesAt), limit));
      } catch (cause) {
        // The bytes are those the key names, so whoever wrote them wrote nonsense, or more than a reader takes.
        throw refuse(
          cause instanceof RangeError ? 'oversized' : 'inconsistent',
          cause instanceof Error ? cause.message : String(cause),
          cause,
        );
      }
    },
  };
}

/** The keys of the objects that an object cannot be read without, by its header alone; none when it is whole, or no object. */
export function chainOf(bytes: Uint8Array): readonly string[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const layout = layoutOf(file);
  return layout === undefined ? [] : keysIn(file.subarray(layout.chainAt, layout.indexAt));
}

function keysIn(chain: Buffer): readonly string[] {
  return chain.length === 0 ? [] : chain.toString('latin1').split('\n');
}

interface Layout {
  readonly format: number;
  readonly chainAt: number;
  readonly indexAt: number;
  readonly bodiesAt: number;
  readonly end: number;
}

/** Where the header says that parts are; undefined when this is no header. An empty or cut header stands for a whole one with nothing behind it. */
function layoutOf(file: Buffer): Layout | undefined {
  if (!file.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, file.length))) return undefined;
  const format = file.length < 8 ? SNAPSHOT_FORMAT : file.readUInt32BE(4);
  const chainAt = format < 3 ? HEADER_BYTES_OF_2 : HEADER_BYTES;
  if (file.length < chainAt) return { format, chainAt, indexAt: chainAt, bodiesAt: chainAt, end: chainAt };
  const indexAt = chainAt + (format < 3 ? 0 : file.readUInt32BE(16));
  const bodiesAt = indexAt + file.readUInt32BE(8);
  return { format, chainAt, indexAt, bodiesAt, end: bodiesAt + file.readUInt32BE(12) };
}
