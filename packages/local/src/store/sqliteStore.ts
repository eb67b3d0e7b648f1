import type { DatabaseSync } from 'node:sqlite';
import {
  type Change,
  type CommitInfo,
  type CommitOutcome,
  type EncodedCommit,
  encodeCommit,
  type Kind,
  type LogRow,
  MeshError,
  type MeshKey,
  type MeshState,
  type MeshStore,
  type Page,
  type PageRequest,
  type Ref,
  type Resource,
  type TokenClaim,
  type TokenRecord,
} from '@meshwright/model';
import type { CommitListener } from './commitListener.ts';
import { watchFiles } from './filesInPlace.ts';
import { pack } from './packed.ts';
import { expiredOf, expiryAt, follows, type LogRetention, PRUNED_PER_COMMIT } from './retention.ts';
import { type LogTableRow, logRowOf, type ResourceRow, resourceOf, type TokenRow, tokenOf } from './rows.ts';
import { isDamage, isInputOutput, isSqliteError, unusable } from './sqliteError.ts';
import { openSqliteFile } from './sqliteFile.ts';
import { type Statements, statementsOf } from './statements.ts';

/** Settings of a `SqliteStore`. */
export interface SqliteStoreOptions extends CommitListener, LogRetention {}

/**
 * `MeshStore` in one SQLite file (write-ahead log, synced on every commit), which this process alone may use.
 * @see openSqliteFile for the lock, which the operating system drops however the process ends.
 */
export class SqliteStore implements MeshStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #options: SqliteStoreOptions;
  readonly #path: string;
  /** The database's file that is not at its place any more. */
  readonly #displaced: () => string | undefined;

  private constructor(path: string, database: DatabaseSync, options: SqliteStoreOptions) {
    this.#path = path;
    this.#displaced = watchFiles([path, `${path}-wal`]);
    this.#database = database;
    this.#statements = statementsOf(database);
    this.#options = options;
  }

  /**
   * Opens the file, or makes it.
   * @throws StoreUnusable when it is in use, not ours, of a newer format or out of reach; it is as it was then.
   */
  static open(path: string, options: SqliteStoreOptions = {}): SqliteStore {
    const database = openSqliteFile(path);
    try {
      return new SqliteStore(path, database, options);
    } catch (error) {
      database.close();
      throw isSqliteError(error) ? unusable(path, error) : error;
    }
  }

  async get<K extends Kind>({ owner, mesh }: MeshKey, { kind, parent = '', name }: Ref<K>): Promise<Resource<K> | undefined> {
    return this.#answer(() => {
      const row = this.#statements.get.get(owner, mesh, kind, parent, name);
      return row && resourceOf<K>(row as unknown as ResourceRow);
    });
  }

  async list<K extends Kind>(key: MeshKey, kind: K, parent: string | undefined, page: PageRequest): Promise<Page<Resource<K>>> {
    // One more than asked for tells whether there is a next page; no name is empty, so all come after ''.
    const { limit, after = '' } = page;
    return this.#answer(() => pageOf<K>(this.#statements.list.all(key.owner, key.mesh, kind, parent ?? '', after, limit + 1), limit));
  }

  async listMeshes(owner: string, { limit, after = '' }: PageRequest): Promise<Page<Resource<'mesh'>>> {
    return this.#answer(() => pageOf<'mesh'>(this.#statements.listMeshes.all(owner, after, limit + 1), limit));
  }

  async meshCount(owner: string): Promise<number> {
    return this.#answer(() => (this.#statements.meshCount.get(owner) as { readonly meshes: number }).meshes);
  }

  async meshes(): Promise<readonly MeshKey[]> {
    return this.#answer(() => this.#statements.meshes.all().map((row) => ({ ...row }) as unknown as MeshKey));
  }

  async generation(mesh: MeshKey): Promise<bigint> {
    return this.#answer(() => this.#generation(mesh));
  }

  async commit(mesh: MeshKey, expected: bigint, changes: readonly Change[], info: CommitInfo): Promise<CommitOutcome> {
    const encoded = encodeCommit(changes, info.token);
    const outcome = this.#answer(() => this.#transaction(() => this.#commit(mesh, expected, changes, info, encoded)));
    if (outcome.kind === 'committed') this.#options.onCommit?.({ mesh, generation: outcome.generation });
    return outcome;
  }

  async load(mesh: MeshKey): Promise<MeshState | undefined> {
    // No transaction: the file is ours alone and nothing runs between two statements of one turn.
    return this.#answer(() => {
      const generation = this.#generation(mesh);
      if (generation === 0n) return undefined;
      const resources = this.#statements.load.all(mesh.owner, mesh.mesh).map((row) => resourceOf(row as unknown as ResourceRow));
      return { mesh, generation, resources };
    });
  }

  async changesSince(key: MeshKey, generation: bigint): Promise<readonly LogRow[] | undefined> {
    return this.#answer(() => {
      if (generation > this.#generation(key)) return undefined;
      const rows = this.#statements.log.all(key.owner, key.mesh, generation) as unknown as readonly LogTableRow[];
      return follows(rows, generation) ? rows.map(logRowOf) : undefined;
    });
  }

  async token(key: string, now: number): Promise<TokenRecord | undefined> {
    return this.#answer(() => {
      const row = this.#statements.token.get(key, now);
      return row && tokenOf(row as unknown as TokenRow);
    });
  }

  /** Writes the log back into the file and lets go of it; a second time does nothing. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #answer<T>(work: () => T): T {
    try {
      // Closing removes the log itself.
      const displaced = this.#database.isOpen ? this.#displaced() : undefined;
      if (displaced === undefined) return work();
      throw new MeshError(
        'ServiceUnavailable',
        `The store cannot answer: ${displaced} was removed or replaced under the running server: stop it, put the data folder back as it was and start again.`,
        { isUndone: true },
      );
    } catch (error) {
      if (!isSqliteError(error) && !isClosed(error)) throw error;
      const message = isDamage(error)
        ? `The store cannot answer: ${this.#path} is damaged (${error.message}): stop the server and restore it, with its -wal, from a copy.`
        : `The store cannot answer (${error.message}): try again.`;
      // SQLite rolls a transaction back when it fails; only when the disk itself did, the power cut that follows may bring it back.
      throw new MeshError('ServiceUnavailable', message, { cause: error, isUndone: !isInputOutput(error) });
    }
  }

  #generation({ owner, mesh }: MeshKey): bigint {
    const row = this.#statements.generation.get(owner, mesh) as { readonly generation: bigint } | undefined;
    return row?.generation ?? 0n;
  }

  #commit(mesh: MeshKey, expected: bigint, changes: readonly Change[], info: CommitInfo, encoded: EncodedCommit): CommitOutcome {
    if (this.#generation(mesh) !== expected) return { kind: 'behind' };
    if (info.token && !this.#claim(info.token, info.at, encoded)) return { kind: 'tokenTaken' };
    const generation = expected + 1n;
    this.#statements.setGeneration.run(mesh.owner, mesh.mesh, generation);
    for (const change of changes) this.#put(mesh, change);
    const { writeId, at, author, source, message = null } = info;
    this.#statements.append.run(mesh.owner, mesh.mesh, generation, writeId, at, author, source, message, pack(encoded.changes));
    this.#prune(mesh, at);
    return { kind: 'committed', generation };
  }

  #prune({ owner, mesh }: MeshKey, at: number): void {
    const oldest = this.#statements.oldest.all(owner, mesh, PRUNED_PER_COMMIT) as unknown as readonly Pick<LogRow, 'generation' | 'at'>[];
    const last = expiredOf(oldest, expiryAt(at, this.#options)).at(-1);
    if (last !== undefined) this.#statements.prune.run(owner, mesh, last.generation);
  }

  #claim(token: TokenClaim, now: number, { answer: text = '' }: EncodedCommit): boolean {
    const live = this.#statements.tokenUid.get(token.key, now);
    if (live !== undefined && live.uid !== token.replaces) return false;
    this.#statements.dropExpiredTokens.run(now, PRUNED_PER_COMMIT);
    this.#statements.setToken.run(token.key, token.bodyHash, text, token.answer.metadata.uid, token.expiresAt);
    return true;
  }

  #put({ owner, mesh }: MeshKey, { ref, after }: Change): void {
    const { kind, parent = '', name } = ref;
    if (after === undefined) {
      this.#statements.remove.run(owner, mesh, kind, parent, name);
      return;
    }
    const { spec, metadata, tags } = after;
    this.#statements.put.run(owner, mesh, kind, parent, name, JSON.stringify(spec), JSON.stringify(metadata), JSON.stringify(tags));
  }

  #transaction<T>(work: () => T): T {
    this.#statements.begin.run();
    try {
      const result = work();
      this.#statements.commit.run();
      return result;
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (this.#database.isTransaction) this.#statements.rollback.run();
      throw error;
    }
  }
}

/** A request that arrives while the server stops: its sender may try again, at the next one. */
function isClosed(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
}

function pageOf<K extends Kind>(rows: readonly object[], limit: number): Page<Resource<K>> {
  const items = rows.slice(0, limit).map((row) => resourceOf<K>(row as ResourceRow));
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: last.ref.name } : { items };
}
