import type { Kind, LogRow, Ref, Resource, TokenRecord } from '@meshwright/model';

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
  readonly generation: bigint;
  readonly write_id: string;
  readonly at: bigint;
  readonly author: string;
  readonly source: string;
  readonly message: string | null;
  readonly changes: string;
}

/** A row of `tokens`, as read. */
export interface TokenRow {
  readonly key: string;
  readonly body_hash: string;
  readonly answer: string;
  readonly expires_at: number;
}

/** The resource in a row. */
export function resourceOf<K extends Kind>(row: ResourceRow): Resource<K> {
  const { kind, mesh, name, parent } = row;
  const ref = parent === '' ? { kind, mesh, name } : { kind, mesh, name, parent };
  return {
    ref: ref as Ref as Ref<K>,
    spec: JSON.parse(row.spec),
    metadata: JSON.parse(row.metadata),
    tags: JSON.parse(row.tags),
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
    changes: JSON.parse(row.changes),
  };
}

/** The token record in a row. */
export function tokenOf(row: TokenRow): TokenRecord {
  return { key: row.key, bodyHash: row.body_hash, answer: JSON.parse(row.answer), expiresAt: row.expires_at };
}
