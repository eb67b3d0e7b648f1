import { type Kind, type LogRow, MeshError, type Ref, type Resource, type TokenRecord } from '@meshwright/model';
import { unpack } from './packed.ts';

/** A row of `resources`, as read. */
export interface ResourceRow {
  readonly mesh: string;
  readonly kind: Kind;
  readonly parent: string;
  readonly name: string;
  readonly spec: string;
  readonly metadata: string;
  readonly tags: string;
}

/** A row of `log`, as read with integers as `bigint`. */
export interface LogTableRow {
  readonly mesh: string;
  readonly generation: bigint;
  readonly write_id: string;
  readonly at: bigint;
  readonly author: string;
  readonly source: string;
  readonly message: string | null;
  readonly changes: string | Uint8Array;
}

/** A row of `tokens`, as read. */
export interface TokenRow {
  readonly key: string;
  readonly body_hash: string;
  readonly answer: string;
  readonly expires_at: number;
}

/**
 * The resource in a row.
 * @throws MeshError `ServiceUnavailable` naming the row when it is damaged, as all of these do.
 */
export function resourceOf<K extends Kind>(row: ResourceRow): Resource<K> {
  const { kind, mesh, name, parent } = row;
  const ref = parent === '' ? { kind, mesh, name } : { kind, mesh, name, parent };
  return {
    ref: ref as Ref as Ref<K>,
    spec: parse(row.spec, () => `spec of ${nameOf(row)}`),
    metadata: parse(row.metadata, () => `metadata of ${nameOf(row)}`),
    tags: parse(row.tags, () => `tags of ${nameOf(row)}`),
  };
}

/** The commit in a row. */
export function logRowOf(row: LogTableRow): LogRow {
  return {
    generation: row.generation,
    writeId: row.write_id,
    at: Number(row.at),
    author: row.author,
    source: row.source,
    ...(row.message === null ? {} : { message: row.message }),
    changes: parse(row.changes, () => `commit ${row.generation} of mesh ${row.mesh}`),
  };
}

/** The token record in a row. */
export function tokenOf(row: TokenRow): TokenRecord {
  return {
    key: row.key,
    bodyHash: row.body_hash,
    answer: parse(row.answer, () => `answer of client token ${row.key}`),
    expiresAt: row.expires_at,
  };
}

function nameOf({ kind, mesh, parent, name }: ResourceRow): string {
  return `${kind} ${parent === '' ? name : `${parent}/${name}`} in mesh ${mesh}`;
}

/** @throws MeshError naming the row: SQLite checks the file's structure, not what we wrote into it. */
function parse<T>(packed: string | Uint8Array, what: () => string): T {
  try {
    return JSON.parse(unpack(packed));
  } catch (cause) {
    const message = `The store cannot answer: the ${what()} is damaged: stop the server and restore the database, with its -wal, from a copy.`;
    throw new MeshError('ServiceUnavailable', message, { cause, isUndone: true });
  }
}
