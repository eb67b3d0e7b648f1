import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { CommitInfo, LogRow, MeshKey } from '@meshwright/model';
import { damagedItem, parseStored } from './item.ts';
import { type ItemKey, logPartition, logPartsPrefix, logRowKey } from './keys.ts';

/**
 * Most bytes of compressed changes inside a log row. An item takes 400 KB and a transaction 4 MB: the largest commit has 3.5 MB of
 * items, and with this much of a row and all keys there is still room.
 */
const MAX_INLINE_BYTES = 200_000;

/** Most bytes of one part: an item takes 400 KB with its key. */
const PART_BYTES = 390_000;

/**
 * How much longer than their row parts are kept. The table removes expired items one by one, in no order and within days; a row must
 * not be there without what it says.
 */
const PARTS_OUTLIVE_SECONDS = 28 * 86_400;

/** The log row of a commit in the table. */
export interface LogItem extends ItemKey {
  readonly generation: number;
  readonly writeId: string;
  readonly at: number;
  readonly author: string;
  readonly source: string;
  readonly message?: string;
  /** JSON of the changes, compressed; absent when it lies in parts. */
  readonly changes?: Uint8Array;
  /** Hash of the compressed changes, which names their parts. */
  readonly parts?: string;
  readonly partCount?: number;
  /** Epoch seconds. */
  readonly ttl: number;
}

/** One piece of the changes of a large commit. */
export interface LogPartItem extends ItemKey {
  readonly bytes: Uint8Array;
  readonly ttl: number;
}

/** A log row ready to be written, and the parts that must be there before it is. */
export interface PackedLogRow {
  readonly row: LogItem;
  readonly parts: readonly LogPartItem[];
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * Packs the log row of a commit.
 * @param changes their JSON
 * @param keptSeconds how long after the commit the row may be removed
 */
export async function packLogRow(
  mesh: MeshKey,
  generation: bigint,
  changes: string,
  info: CommitInfo,
  keptSeconds: number,
): Promise<PackedLogRow> {
  const { writeId, at, author, source, message } = info;
  const ttl = Math.ceil(at / 1000) + keptSeconds;
  const asked = { writeId, at, author, source, ...(message !== undefined && { message }), ttl };
  const row = { ...logRowKey(mesh, generation), generation: Number(generation), ...asked };
  const packed = await compress(changes, { level: 1 });
  if (packed.length <= MAX_INLINE_BYTES) return { row: { ...row, changes: packed }, parts: [] };
  const hash = createHash('sha256').update(packed).digest('base64url');
  const parts = Array.from({ length: Math.ceil(packed.length / PART_BYTES) }, (_, index) => ({
    pk: logPartition(mesh),
    // Two digits: the largest commit has ten parts.
    sk: logPartsPrefix(hash) + String(index).padStart(2, '0'),
    bytes: packed.subarray(index * PART_BYTES, (index + 1) * PART_BYTES),
    ttl: ttl + PARTS_OUTLIVE_SECONDS,
  }));
  return { row: { ...row, parts: hash, partCount: parts.length }, parts };
}

/** Whether the table may remove a row, and may have removed its parts already. */
export function isRemovable({ ttl }: LogItem, now: number): boolean {
  return ttl * 1000 <= now;
}

/** Whether all is there that a row's changes lie in. */
export function isComplete({ changes, partCount }: LogItem, parts: readonly LogPartItem[]): boolean {
  return changes !== undefined || parts.length === partCount;
}

/**
 * The commit in a log row.
 * @param parts of a row that has any, in their order
 * @throws MeshError `ServiceUnavailable` naming the row when it is damaged.
 */
export async function unpackLogRow(item: LogItem, parts: readonly LogPartItem[]): Promise<LogRow> {
  const { generation, writeId, at, author, source, message } = item;
  if (!isComplete(item, parts)) throw damagedItem(item, new Error(`It has ${item.partCount} parts, ${parts.length} of which are there.`));
  const packed = item.changes ?? Buffer.concat(parts.map(({ bytes }) => bytes));
  const text = await decompress(packed).catch((cause: unknown) => {
    throw damagedItem(item, cause);
  });
  const asked = { writeId, at, author, source, ...(message !== undefined && { message }) };
  return { ...asked, generation: BigInt(generation), changes: parseStored(text.toString(), item) };
}
