import type { CommitInfo, LogRow, MeshKey } from '@meshwright/model';
import { readFailure } from './failures.ts';
import { generationOf, settledGenerationOf } from './generation.ts';
import { LOG_END, logPartition, logPartsPrefix, logSortKey } from './keys.ts';
import { isComplete, isRemovable, type LogItem, type LogPartItem, packLogRow, unpackLogRow } from './logItem.ts';
import type { DynamoTable } from './table.ts';

const DAY_SECONDS = 86_400;

/** What a `MeshLog` works with. */
export interface MeshLogParts {
  readonly table: DynamoTable;
  readonly retentionDays: number;
  /** Epoch milliseconds. */
  now(): number;
}

/** The commits of all meshes, as the table keeps them. */
export class MeshLog {
  readonly #parts: MeshLogParts;
  readonly #table: DynamoTable;
  readonly #retentionSeconds: number;

  constructor(parts: MeshLogParts) {
    this.#parts = parts;
    this.#table = parts.table;
    this.#retentionSeconds = parts.retentionDays * DAY_SECONDS;
  }

  /**
   * The log row of a commit, for its transaction.
   *
   * Changes too large for one item are written ahead, under a name made of their hash: nobody sees them before the row that names
   * them is there, a try that fails leaves nothing but items that expire, and equal parts may be written twice.
   * @throws MeshError `ServiceUnavailable`; nothing was committed then.
   */
  async prepare(mesh: MeshKey, generation: bigint, changes: string, info: CommitInfo): Promise<LogItem> {
    const { row, parts } = await packLogRow(mesh, generation, changes, info, this.#retentionSeconds);
    try {
      await Promise.all(parts.map((part) => this.#table.put(part)));
    } catch (error) {
      throw readFailure(error);
    }
    return row;
  }

  /** All rows after a generation, oldest first; with gaps where one expired or its commit is still under way. */
  async rowsAfter(mesh: MeshKey, generation: bigint): Promise<readonly LogRow[]> {
    const items = await this.#itemsAfter(mesh, generation);
    const rows = await Promise.all(items.map((item) => this.#unpack(mesh, item)));
    return rows.filter((row) => row !== undefined);
  }

  /** As `MeshStore.changesSince`. */
  async since(mesh: MeshKey, generation: bigint): Promise<readonly LogRow[] | undefined> {
    // The generation row is asked as well, or rows that expired would look like rows that never were.
    const [found, newest] = await Promise.all([this.#itemsAfter(mesh, generation), generationOf(this.#table, mesh)]);
    // A table restored to a point in time before.
    if (newest < generation) return undefined;
    const items = reaches(found, generation, newest) ? found : await this.#settledAfter(mesh, generation);
    if (items === undefined || this.#hasExpired(items)) return undefined;
    const rows = await Promise.all(items.map((item) => this.#unpack(mesh, item)));
    return rows.every((row) => row !== undefined) ? rows : undefined;
  }

  /** What is missing is of a commit still under way, which a transactional read waits for, or no longer kept. */
  async #settledAfter(mesh: MeshKey, generation: bigint): Promise<readonly LogItem[] | undefined> {
    const newest = await settledGenerationOf(this.#table, mesh);
    const items = await this.#itemsAfter(mesh, generation);
    return reaches(items, generation, newest) ? items : undefined;
  }

  #itemsAfter(mesh: MeshKey, generation: bigint): Promise<readonly LogItem[]> {
    const first = generation < 0n ? 1n : generation + 1n;
    return this.#table.query<LogItem>({ partition: logPartition(mesh), between: [logSortKey(first), LOG_END] });
  }

  /** Undefined when the table removes a row and began with its parts. */
  async #unpack(mesh: MeshKey, item: LogItem): Promise<LogRow | undefined> {
    const prefix = item.parts && logPartsPrefix(item.parts);
    const parts = prefix === undefined ? [] : await this.#table.query<LogPartItem>({ partition: logPartition(mesh), prefix });
    return isRemovable(item, this.#parts.now()) && !isComplete(item, parts) ? undefined : unpackLogRow(item, parts);
  }

  /** Expired rows stay in the table for some days; whoever reads must not notice when they go. */
  #hasExpired(items: readonly LogItem[]): boolean {
    const [oldest, newest] = [items[0], items.at(-1)];
    return oldest !== undefined && newest !== undefined && oldest.at < newest.at - this.#retentionSeconds * 1000;
  }
}

/** Whether rows go on from a generation without a gap, to the newest or past it. */
function reaches(items: readonly LogItem[], generation: bigint, newest: bigint): boolean {
  const from = Number(generation) + 1;
  return items.every((item, index) => item.generation === from + index) && generation + BigInt(items.length) >= newest;
}
