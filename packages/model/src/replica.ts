import { MeshError } from './errors.ts';
import type { MeshKey, Ref, Resource } from './resource.ts';
import type { LogRow, MeshStore } from './store.ts';
import { MeshIndex, type MeshView } from './view.ts';

/** What a replica reads: the newest state, and what changed since one it has. */
export type ReplicaSource = Pick<MeshStore, 'load' | 'changesSince'>;

/** One commit that a replica took part in, without what it said. */
export interface RecentCommit {
  readonly generation: bigint;
  readonly writeId: string;
  /** What it changed. */
  readonly refs: readonly Ref[];
}

/** Most changes whose names a replica remembers: more than a mesh sees while somebody compiles it or waits for its turn. */
const MAX_RECENT_CHANGES = 2_000;

/**
 * One mesh held in memory at one generation, brought up to date by the log at the cost of what changed.
 *
 * Shared: whoever else uses it may bring it further at each of one's `await`s. What is read between two of them is of one generation.
 */
export class MeshReplica {
  readonly #store: ReplicaSource;
  readonly #mesh: MeshKey;
  readonly #recent = new RecentCommits();
  #index = new MeshIndex();
  #generation: bigint | undefined;
  /** The catch-up that is reading the store, and the one that begins after it. */
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #giveUp: (() => void) | undefined;

  constructor(store: ReplicaSource, mesh: MeshKey) {
    this.#store = store;
    this.#mesh = mesh;
  }

  /** Generation the view shows; 0 before the first commit. */
  get generation(): bigint {
    return this.#generation ?? 0n;
  }

  /** The mesh as of the last catch-up; not for keeping: it changes with the next one, or another takes its place. */
  get view(): MeshView {
    return this.#index;
  }

  /** How many resources are held. */
  get size(): number {
    return this.#index.size;
  }

  /**
   * Commits after `generation` up to the one the view shows, oldest first; undefined when that is further back than is remembered:
   * then anything may have changed.
   */
  since(generation: bigint): readonly RecentCommit[] | undefined {
    return generation === this.generation ? [] : this.#recent.since(generation);
  }

  /**
   * Brings the view to a generation that is at least the newest of when it was called. Calls at the same time share their reads, and
   * each change is applied once.
   * @throws MeshError `ServiceUnavailable` when the store cannot answer; the view is as it was then.
   */
  catchUp(): Promise<void> {
    if (this.#reading === undefined) return this.#begin();
    // A read under way may have looked before the caller's own write.
    const again = (): Promise<void> => {
      this.#next = undefined;
      return this.#begin();
    };
    this.#next ??= this.#reading.then(again, again);
    return this.#next;
  }

  /**
   * Waits no longer for the read that is under way: all who share it are refused with `ServiceUnavailable`, and the next catch-up
   * reads anew. What that read brings after all counts unless there is newer by then.
   */
  giveUpReading(): void {
    this.#giveUp?.();
  }

  #begin(): Promise<void> {
    const givenUp = Promise.withResolvers<never>();
    const reading = Promise.race([this.#read(), givenUp.promise]);
    const done = (): void => {
      this.#reading = undefined;
    };
    this.#giveUp = () => {
      givenUp.reject(new MeshError('ServiceUnavailable', `The store does not answer what mesh ${this.#mesh.mesh} is: try again.`));
    };
    this.#reading = reading;
    reading.then(done, done);
    return reading;
  }

  /** One read; another one that began later may overtake it when this one was given up. */
  async #read(): Promise<void> {
    const since = this.#generation;
    if (since !== undefined) {
      const rows = await this.#store.changesSince(this.#mesh, since);
      if (rows !== undefined && follows(rows, since)) {
        for (const row of rows) if (row.generation > this.generation) this.#apply(row);
        return;
      }
    }
    const { resources = [], generation = 0n } = (await this.#store.load(this.#mesh)) ?? {};
    // A store may have been set back to an older state; what is older than an overtaking read, though, is just late.
    if (this.#generation === since || generation > this.generation) this.#replace(resources, generation);
  }

  #apply({ generation, writeId, changes }: LogRow): void {
    for (const { ref, after } of changes) {
      if (after === undefined) this.#index.remove(ref);
      else this.#index.put(after);
    }
    this.#generation = generation;
    this.#recent.add({ generation, writeId, refs: changes.map(({ ref }) => ref) });
  }

  #replace(resources: readonly Resource[], generation: bigint): void {
    const index = new MeshIndex();
    for (const resource of resources) index.put(resource);
    this.#index = index;
    this.#generation = generation;
    this.#recent.clear();
  }
}

function follows(rows: readonly LogRow[], generation: bigint): boolean {
  return rows.every((row, index) => row.generation === generation + BigInt(index) + 1n);
}

/** The newest commits without gaps, as many as have MAX_RECENT_CHANGES changes together. */
class RecentCommits {
  #commits: RecentCommit[] = [];
  /** Commits at the front that were forgotten already; cut off when they are most of the array, so that forgetting one is cheap. */
  #forgotten = 0;
  #changes = 0;

  add(commit: RecentCommit): void {
    this.#commits.push(commit);
    this.#changes += weight(commit);
    while (this.#changes > MAX_RECENT_CHANGES) this.#forgetOldest();
  }

  since(generation: bigint): readonly RecentCommit[] | undefined {
    const oldest = this.#commits[this.#forgotten];
    const newest = this.#commits.at(-1);
    if (oldest === undefined || newest === undefined) return undefined;
    if (generation < oldest.generation - 1n || generation > newest.generation) return undefined;
    return this.#commits.slice(this.#forgotten + Number(generation + 1n - oldest.generation));
  }

  clear(): void {
    this.#commits = [];
    this.#forgotten = 0;
    this.#changes = 0;
  }

  #forgetOldest(): void {
    const oldest = this.#commits[this.#forgotten++];
    if (oldest !== undefined) this.#changes -= weight(oldest);
    if (2 * this.#forgotten < this.#commits.length) return;
    this.#commits = this.#commits.slice(this.#forgotten);
    this.#forgotten = 0;
  }
}

/** A commit without changes takes room as well. */
function weight({ refs }: RecentCommit): number {
  return Math.max(1, refs.length);
}
