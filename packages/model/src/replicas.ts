import { meshId } from './names.ts';
import { MeshReplica, type ReplicaSource } from './replica.ts';
import type { MeshKey } from './resource.ts';

/** How much a `MeshReplicas` holds that nobody uses. */
export interface ReplicaLimits {
  readonly meshes: number;
  /** Of all meshes together: some kB each, with the indexes over them. */
  readonly resources: number;
}

const DEFAULT_LIMITS: ReplicaLimits = { meshes: 200, resources: 100_000 };

interface Held {
  readonly replica: MeshReplica;
  users: number;
}

/** The meshes of one store that are held in memory, one replica each for all who use it; the longest unused makes room. */
export class MeshReplicas {
  readonly #store: ReplicaSource;
  readonly #limits: ReplicaLimits;
  /** In the order of their last use. */
  readonly #held = new Map<string, Held>();

  constructor(store: ReplicaSource, limits: ReplicaLimits = DEFAULT_LIMITS) {
    this.#store = store;
    this.#limits = limits;
  }

  /** Lends the mesh's replica, behind by what changed since its last use; it is kept until `work` is over. */
  async use<T>(mesh: MeshKey, work: (replica: MeshReplica) => Promise<T>): Promise<T> {
    const id = meshId(mesh);
    const held = this.#held.get(id) ?? { replica: new MeshReplica(this.#store, mesh), users: 0 };
    held.users += 1;
    // Set anew, so that the map's order is that of the last use.
    this.#held.delete(id);
    this.#held.set(id, held);
    try {
      return await work(held.replica);
    } finally {
      held.users -= 1;
      // A mesh that never existed is not worth remembering: its name may be anything a caller thought of.
      if (held.users === 0 && held.replica.generation === 0n) this.#held.delete(id);
      this.#makeRoom();
    }
  }

  #makeRoom(): void {
    let resources = 0;
    for (const { replica } of this.#held.values()) resources += replica.size;
    for (const [id, { replica, users }] of this.#held) {
      const fits = this.#held.size <= this.#limits.meshes && resources <= this.#limits.resources;
      // A mesh that is too large by itself stays until another is used: it would be read whole for each request.
      if (fits || this.#held.size === 1) return;
      if (users > 0) continue;
      this.#held.delete(id);
      resources -= replica.size;
    }
  }
}
