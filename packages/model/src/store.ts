import type { Kind, MeshKey, MeshState, Ref, Resource } from './resource.ts';

/** One resource's part of a commit; `before` absent = created, `after` absent = deleted. */
export interface Change {
  readonly ref: Ref;
  readonly before?: Resource;
  readonly after?: Resource;
}

/** Who asked for a commit, when and how; kept in its log row. */
export interface CommitInfo {
  /** Made once per request, so that a commit whose answer was lost is recognised as one's own. */
  readonly writeId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Principal that asked, as authenticated. */
  readonly author: string;
  /** What asked: the operation's name, such as `CreateRoute`. */
  readonly source: string;
  readonly message?: string;
  /** Written in the same transaction, on condition that no live token has this key, apart from one it replaces. */
  readonly token?: TokenClaim;
}

/** The memory of one request sent with a `clientToken`. */
export interface TokenRecord {
  /** Account, operation, path and token, joined. */
  readonly key: string;
  /** Hash of the request's body: the same token with another body is a conflict. */
  readonly bodyHash: string;
  /** What the request was answered with. */
  readonly answer: Resource;
  /** Epoch milliseconds; checked on read. */
  readonly expiresAt: number;
}

/** The memory of a request, as its commit writes it. */
export interface TokenClaim extends TokenRecord {
  /** uid in the answer of a live record that may be overwritten: what it was given for was deleted since, so the token is free again. */
  readonly replaces?: string;
}

/** One accepted commit, as the log keeps it. */
export interface LogRow extends Omit<CommitInfo, 'token'> {
  readonly generation: bigint;
  readonly changes: readonly Change[];
}

/** `behind` = the mesh is no longer at the expected generation: read again. `tokenTaken` = somebody else's request holds the token: read it. */
export type CommitOutcome =
  | { readonly kind: 'committed'; readonly generation: bigint }
  | { readonly kind: 'behind' }
  | { readonly kind: 'tokenTaken' };

/** One page of a listing, in the order of the names' UTF-8 bytes: what SQLite and DynamoDB sort by. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Name after which the next page starts; absent on the last page. */
  readonly next?: string;
}

/** Which page: at most `limit` items whose names come after `after`. */
export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  readonly after?: string;
}

/** Most changes one commit may carry; equal in all adapters (DynamoDB takes 100 items in a transaction). */
export const MAX_COMMIT_CHANGES = 90;

/** Most bytes of JSON one commit may carry; equal in all adapters (DynamoDB takes 4 MB in a transaction). */
export const MAX_COMMIT_BYTES = 3_500_000;

/** How long log rows are kept unless a store is told otherwise, in days: a year, and a month to look back on it. */
export const LOG_RETENTION_DAYS = 400;

/**
 * Port: keeps the resources of all meshes. Adapters are held to the same behaviour by `meshStoreContract`.
 * Every method rejects with `MeshError('ServiceUnavailable')` when the medium behind it cannot answer.
 */
export interface MeshStore {
  get<K extends Kind>(mesh: MeshKey, ref: Ref<K>): Promise<Resource<K> | undefined>;
  /** Resources of one kind in one mesh (of one virtual router or gateway for routes and gateway routes), in the order of their names. */
  list<K extends Kind>(mesh: MeshKey, kind: K, parent: string | undefined, page: PageRequest): Promise<Page<Resource<K>>>;
  /** Existing meshes of one account, in the order of their names. */
  listMeshes(owner: string, page: PageRequest): Promise<Page<Resource<'mesh'>>>;
  /** How many meshes of one account exist. Of two meshes that are created at once, neither may count the other. */
  meshCount(owner: string): Promise<number>;
  /** Every mesh that ever had a commit, deleted ones too. */
  meshes(): Promise<readonly MeshKey[]>;
  /** 0 for a mesh that never had a commit; outlives the mesh. */
  generation(mesh: MeshKey): Promise<bigint>;
  /**
   * All changes, the generation, one log row and the token, or nothing.
   * @throws MeshError `LimitExceeded` past MAX_COMMIT_CHANGES or MAX_COMMIT_BYTES.
   */
  commit(mesh: MeshKey, expected: bigint, changes: readonly Change[], info: CommitInfo): Promise<CommitOutcome>;
  /** State at one generation, never a mix; undefined for a mesh that never had a commit. */
  load(mesh: MeshKey): Promise<MeshState | undefined>;
  /**
   * Log rows after `generation`, oldest first, without gaps; none when it is the newest; undefined when one of them is no longer kept,
   * and when the mesh is not that far: whoever knows such a generation has it from before the store was put back to an earlier copy.
   *
   * A row expires once it is more than the store's `logRetentionDays` (LOG_RETENTION_DAYS) older than the newest, by their `at`.
   * Each commit removes a bounded number of expired rows, from the oldest on, and more than the one it adds: an expired row may be
   * answered for some commits yet, but never without those after it.
   */
  changesSince(mesh: MeshKey, generation: bigint): Promise<readonly LogRow[] | undefined>;
  /** The token's record unless it expired before `now` (epoch milliseconds). */
  token(key: string, now: number): Promise<TokenRecord | undefined>;
}
