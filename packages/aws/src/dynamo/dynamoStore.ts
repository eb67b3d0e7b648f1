import {
  type Change,
  type CommitInfo,
  type CommitOutcome,
  encodeCommit,
  type Kind,
  LOG_RETENTION_DAYS,
  type LogRow,
  MeshError,
  type MeshKey,
  type MeshState,
  type MeshStore,
  type Page,
  type PageRequest,
  type Ref,
  type Resource,
  type TokenRecord,
} from '@meshwright/model';
import { commitFailure, refusedOutcome } from './failures.ts';
import { generationOf, settledGenerationOf } from './generation.ts';
import { fromItem, fromTokenItem, type ResourceItem, type TokenItem } from './item.ts';
import {
  accountMeshKey,
  accountPartition,
  generationKey,
  type ItemKey,
  meshPartition,
  REGISTRY_PARTITION,
  resourceItemKey,
  resourceSortKey,
  siblingsPrefix,
  tokenItemKey,
} from './keys.ts';
import { MeshLog } from './meshLog.ts';
import { DynamoTable, type Range, type TableParts } from './table.ts';
import { TOKEN_PLACE, writesOf } from './transaction.ts';

/**
 * How many commits before the first one seen a load applies once more. DynamoDB ends a transaction item by item: the generation row
 * may be settled when the last of the commit's other items is not. The log row has what they will be.
 */
const SETTLING_COMMITS = 8n;

/** How often a load begins again when the log does not reach from its beginning to its end. */
const LOAD_TRIES = 5;

/** What a `DynamoStore` works with. */
export interface DynamoStoreParts extends TableParts {
  /** Days after which a log row expires; LOG_RETENTION_DAYS unless told. */
  readonly logRetentionDays?: number;
  /** Epoch milliseconds: tells a log row that the table is about to remove from a damaged one. */
  now(): number;
}

/**
 * `MeshStore` in one DynamoDB table, made as `meshTable` says, that any number of processes may use at once.
 *
 * A mesh is one unit of consistency: each commit is one transaction on condition that the mesh's generation row is still the one
 * that was judged. All reads are consistent.
 */
export class DynamoStore implements MeshStore {
  readonly #table: DynamoTable;
  readonly #log: MeshLog;

  constructor(parts: DynamoStoreParts) {
    this.#table = new DynamoTable(parts);
    const { logRetentionDays: retentionDays = LOG_RETENTION_DAYS } = parts;
    this.#log = new MeshLog({ table: this.#table, retentionDays, now: () => parts.now() });
  }

  async get<K extends Kind>(mesh: MeshKey, ref: Ref<K>): Promise<Resource<K> | undefined> {
    const item = await this.#table.get<ResourceItem>(resourceItemKey(mesh, ref));
    return item && fromItem<K>(mesh.mesh, item);
  }

  async list<K extends Kind>(mesh: MeshKey, kind: K, parent: string | undefined, page: PageRequest): Promise<Page<Resource<K>>> {
    const { after } = page;
    const range: Range = {
      partition: meshPartition(mesh),
      prefix: siblingsPrefix(kind, parent),
      ...(after !== undefined && {
        after: resourceSortKey({ kind, mesh: mesh.mesh, name: after, ...(parent !== undefined && { parent }) }),
      }),
    };
    return this.#page(range, page.limit, (item) => fromItem<K>(mesh.mesh, item));
  }

  async listMeshes(owner: string, page: PageRequest): Promise<Page<Resource<'mesh'>>> {
    const { after } = page;
    const range = { partition: accountPartition(owner), ...(after !== undefined && { after: accountMeshKey({ owner, mesh: after }).sk }) };
    return this.#page(range, page.limit, (item) => fromItem<'mesh'>(item.name, item));
  }

  async meshCount(owner: string): Promise<number> {
    return this.#table.count(accountPartition(owner));
  }

  async meshes(): Promise<readonly MeshKey[]> {
    const items = await this.#table.query<ItemKey & MeshKey>({ partition: REGISTRY_PARTITION });
    return items.map(({ owner, mesh }) => ({ owner, mesh }));
  }

  async generation(mesh: MeshKey): Promise<bigint> {
    return generationOf(this.#table, mesh);
  }

  async commit(mesh: MeshKey, expected: bigint, changes: readonly Change[], info: CommitInfo): Promise<CommitOutcome> {
    const encoded = encodeCommit(changes, info.token);
    const row = await this.#log.prepare(mesh, expected + 1n, encoded.changes, info);
    try {
      await this.#table.transact(writesOf(this.#table.name, { mesh, expected, changes, info, row }));
      return { kind: 'committed', generation: expected + 1n };
    } catch (error) {
      const outcome = refusedOutcome(error, info.token === undefined ? undefined : TOKEN_PLACE);
      if (outcome !== undefined) return outcome;
      throw commitFailure(error);
    }
  }

  /**
   * Read between two transactional reads of the generation row, which are refused while a commit is under way: all the items show
   * lies between the two, and the log rows between them set right what was read too early. The items' own stamps would not do,
   * because a deleted item has none.
   */
  async load(mesh: MeshKey): Promise<MeshState | undefined> {
    for (let tries = 1; tries <= LOAD_TRIES; tries++) {
      const opened = await settledGenerationOf(this.#table, mesh);
      if (opened === 0n) return undefined;
      const items = await this.#resources(mesh);
      const closed = await settledGenerationOf(this.#table, mesh);
      const rows = gaplessEnd(await this.#log.rowsAfter(mesh, opened - SETTLING_COMMITS));
      const [first, newest] = [rows[0]?.generation ?? 0n, rows.at(-1)?.generation ?? 0n];
      const reachesAcross = first <= opened + 1n && newest >= closed;
      // Of a mesh that was not changed meanwhile no row is needed; they may all have expired.
      if (!reachesAcross && closed > opened) continue;
      if (reachesAcross) applyRows(items, rows);
      return { mesh, generation: reachesAcross ? newest : closed, resources: [...items.values()] };
    }
    const message = `The store cannot answer: the log of mesh ${mesh.mesh} lacked commits made while it was read, ${LOAD_TRIES} times: try again.`;
    throw new MeshError('ServiceUnavailable', message, { isUndone: true });
  }

  async changesSince(mesh: MeshKey, generation: bigint): Promise<readonly LogRow[] | undefined> {
    return this.#log.since(mesh, generation);
  }

  async token(key: string, now: number): Promise<TokenRecord | undefined> {
    const item = await this.#table.get<TokenItem>(tokenItemKey(key));
    return item !== undefined && item.expiresAt > now ? fromTokenItem(item) : undefined;
  }

  async #page<K extends Kind>(range: Range, limit: number, read: (item: ResourceItem) => Resource<K>): Promise<Page<Resource<K>>> {
    // One more than asked for tells whether there is a next page.
    const found = await this.#table.query<ResourceItem>({ ...range, limit: limit + 1 });
    const items = found.slice(0, limit).map(read);
    const last = items.at(-1);
    return found.length > limit && last !== undefined ? { items, next: last.ref.name } : { items };
  }

  async #resources(mesh: MeshKey): Promise<Map<string, Resource>> {
    const items = await this.#table.query<ResourceItem>({ partition: meshPartition(mesh) });
    const generation = generationKey(mesh).sk;
    return new Map(items.filter(({ sk }) => sk !== generation).map((item) => [item.sk, fromItem(mesh.mesh, item)]));
  }
}

/** Rows at the end that follow on each other: an older one applied without its successor would bring back what that changed. */
function gaplessEnd(rows: readonly LogRow[]): readonly LogRow[] {
  const isGap = (next: bigint | undefined, { generation }: LogRow): boolean => next !== undefined && next !== generation + 1n;
  return rows.slice(rows.findLastIndex((row, index) => isGap(rows[index + 1]?.generation, row)) + 1);
}

function applyRows(items: Map<string, Resource>, rows: readonly LogRow[]): void {
  for (const { ref, after } of rows.flatMap(({ changes }) => changes)) {
    if (after === undefined) items.delete(resourceSortKey(ref));
    else items.set(resourceSortKey(ref), after);
  }
}
