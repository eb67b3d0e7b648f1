import { formatVersion, type Head, type HeldResource, type Published, parseVersion, SnapshotUnreadable } from '@meshwright/snapshot';

/** Number of the rows' format; raised by a change that older readers cannot read. */
const HEAD_FORMAT = 1;

/** One partition holds all heads, so that one query reads them; the sort key is the mesh, of a long name its beginning and a hash. */
export const HEADS_PARTITION = 'head';

/** A head's attributes beside its key, which has no room for every name. `writeId` tells whose write it was, when the answer to it was lost. */
export interface HeadRow {
  readonly format: number;
  readonly name: string;
  readonly rev: bigint;
  readonly latest: PublishedRow;
  readonly serving: PublishedRow;
  readonly parent?: string;
  /** Builds that do not know it serve as if nothing was held. */
  readonly held?: readonly HeldResource[];
  readonly writeId: string;
}

interface PublishedRow {
  readonly version: string;
  readonly key: string;
  readonly content: string;
}

/** Writes a head as attributes. */
export function toRow({ mesh, rev, latest, serving, parent, held }: Head, writeId: string): HeadRow {
  const row = { format: HEAD_FORMAT, name: mesh, rev, latest: toPublishedRow(latest), serving: toPublishedRow(serving), writeId };
  return { ...row, ...(parent !== undefined && { parent }), ...(held !== undefined && { held }) };
}

function toPublishedRow({ version, key, content }: Published): PublishedRow {
  return { version: formatVersion(version), key, content };
}

/**
 * Reads an item of the heads table whose numbers are bigints.
 * @throws SnapshotUnreadable when it is no head, or of a newer format.
 */
export function fromRow(item: Readonly<Record<string, unknown>>): Head {
  const { mesh: key, name, format, rev, latest, serving, parent, held } = item;
  const refuse = (reason: 'otherFormat' | 'corrupt', detail: string, cause?: unknown): SnapshotUnreadable =>
    new SnapshotUnreadable(`head of ${key}`, reason, detail, { cause });
  if (format !== BigInt(HEAD_FORMAT)) throw refuse('otherFormat', `format ${format}, this build reads ${HEAD_FORMAT}`);
  try {
    if (typeof rev !== 'bigint') throw new TypeError(`rev is ${rev}, not a number`);
    const head = { mesh: text(name), rev, latest: fromPublishedRow(latest), serving: fromPublishedRow(serving) };
    return {
      ...head,
      ...(parent !== undefined && { parent: text(parent) }),
      ...(held !== undefined && { held: (held as readonly unknown[]).map(fromHeldRow) }),
    };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw refuse('corrupt', `${message}. Restore the heads table to a point in time before.`, cause);
  }
}

function fromPublishedRow(value: unknown): Published {
  const { version: written, key, content } = value as Readonly<Record<string, unknown>>;
  const version = parseVersion(text(written));
  if (version === undefined) throw new TypeError(`${written} is not <epoch>.<n>.<build>`);
  return { version, key: text(key), content: text(content) };
}

function fromHeldRow(value: unknown): HeldResource {
  const { typeUrl, name, hash } = value as Readonly<Record<string, unknown>>;
  return { typeUrl: text(typeUrl), name: text(name), hash: text(hash) };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${value} is not a string`);
  return value;
}
