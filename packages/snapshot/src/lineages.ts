import type { MeshSnapshot } from './snapshot.ts';

/** A published snapshot that another may be written as changes to. */
export interface Link {
  readonly key: string;
  readonly snapshot: MeshSnapshot;
  /** Keys of what its object builds on, the whole one first; empty when it is whole itself. */
  readonly chain: readonly string[];
  /** Stored bytes of the whole object that its chain begins with. */
  readonly wholeBytes: number;
  /** Stored bytes of all changes since, its own among them. */
  readonly changesBytes: number;
}

/** Most proxies of all remembered snapshots together: they share nearly everything with what the compiler keeps of as many. */
const MOST_PROXIES = 20_000;

/**
 * Remembers what was published last of each mesh, so that the next version can be written as changes to it. What is not remembered is
 * written whole: a publisher that starts anew, or has more meshes than it remembers.
 */
export class Lineages {
  /** Published last stands last. */
  readonly #links = new Map<string, Link>();
  #proxies = 0;

  /** What was published last of a mesh, if its object is that with the key. */
  of(mesh: string, key: string | undefined): Link | undefined {
    const link = this.#links.get(mesh);
    return link?.key === key ? link : undefined;
  }

  /** Remembers a snapshot in place of what its mesh had. */
  remember(link: Link): void {
    const { mesh } = link.snapshot;
    this.#forget(mesh);
    this.#links.set(mesh, link);
    this.#proxies += link.snapshot.proxies.size;
    for (const other of this.#links.keys()) {
      if (this.#proxies <= MOST_PROXIES || other === mesh) return;
      this.#forget(other);
    }
  }

  #forget(mesh: string): void {
    this.#proxies -= this.#links.get(mesh)?.snapshot.proxies.size ?? 0;
    this.#links.delete(mesh);
  }
}
