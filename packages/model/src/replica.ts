import type { MeshKey } from './resource.ts';
import type { LogRow, MeshStore } from './store.ts';
import { MeshIndex, type MeshView } from './view.ts';

/** One mesh held in memory at one generation, brought up to date by the log at the cost of what changed. */
export class MeshReplica {
  readonly #store: MeshStore;
  readonly #mesh: MeshKey;
  #index = new MeshIndex();
  #generation: bigint | undefined;

  constructor(store: MeshStore, mesh: MeshKey) {
    this.#store = store;
    this.#mesh = mesh;
  }

  /** Generation the view shows; 0 before the first commit. */
  get generation(): bigint {
    return this.#generation ?? 0n;
  }

  /** The mesh as of the last `catchUp`; it changes in place with the next one. */
  get view(): MeshView {
    return this.#index;
  }

  /**
   * Brings the view to the newest generation.
   * @returns the log rows that did it; none when the mesh was read whole
   */
  async catchUp(): Promise<readonly LogRow[]> {
    if (this.#generation !== undefined) {
      const rows = await this.#store.changesSince(this.#mesh, this.#generation);
      if (rows !== undefined && this.#follows(rows, this.#generation)) {
        for (const row of rows) this.#apply(row);
        return rows;
      }
    }
    await this.#load();
    return [];
  }

  #follows(rows: readonly LogRow[], generation: bigint): boolean {
    return rows.every((row, index) => row.generation === generation + BigInt(index) + 1n);
  }

  #apply({ generation, changes }: LogRow): void {
    for (const { ref, after } of changes) {
      if (after === undefined) this.#index.remove(ref);
      else this.#index.put(after);
    }
    this.#generation = generation;
  }

  async #load(): Promise<void> {
    const state = await this.#store.load(this.#mesh);
    const index = new MeshIndex();
    for (const resource of state?.resources ?? []) index.put(resource);
    this.#index = index;
    this.#generation = state?.generation ?? 0n;
  }
}
