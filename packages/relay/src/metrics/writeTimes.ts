import { formatVersion, type SnapshotVersion } from '@meshwright/snapshot';

/** Versions of one mesh whose acknowledgements are still measured; later ones replace what proxies have not answered by then. */
const MAX_VERSIONS = 16;
/** Commits of one mesh that wait for a version: publishing may fail for hours. */
const MAX_PENDING = 1_000;
/** Meshes followed at once; those not written for longest are forgotten first. */
const MAX_MESHES = 1_000;

interface Commit {
  readonly generation: bigint;
  readonly at: number;
}

interface Mesh {
  /** Commits that no version has brought yet, oldest first. */
  pending: readonly Commit[];
  /** Version → time of its oldest commit. */
  readonly versions: Map<string, number>;
}

/** When what a version brings was written: a version may bring many commits, and the oldest of them has waited longest. */
export class WriteTimes {
  readonly #now: () => number;
  readonly #meshes = new Map<string, Mesh>();

  /** @param now milliseconds that only rise. */
  constructor(now: () => number) {
    this.#now = now;
  }

  written(mesh: string, generation: bigint): void {
    const known = this.#meshes.get(mesh) ?? { pending: [], versions: new Map<string, number>() };
    const [oldest, ...later] = [...known.pending, { generation, at: this.#now() }];
    // The oldest is the one that counts.
    known.pending = oldest === undefined ? [] : [oldest, ...later.slice(1 - MAX_PENDING)];
    // Written last stands last.
    this.#meshes.delete(mesh);
    this.#meshes.set(mesh, known);
    dropOldest(this.#meshes, MAX_MESHES);
  }

  published(mesh: string, version: SnapshotVersion): void {
    const known = this.#meshes.get(mesh);
    const oldest = known?.pending[0];
    if (known === undefined || oldest === undefined || oldest.generation > version.n) return;
    known.pending = known.pending.filter(({ generation }) => generation > version.n);
    known.versions.set(formatVersion(version), oldest.at);
    dropOldest(known.versions, MAX_VERSIONS);
  }

  /** When the oldest commit was written that a version brings; undefined when that is not known (any more). */
  of(mesh: string, snapshotVersion: string): number | undefined {
    return this.#meshes.get(mesh)?.versions.get(snapshotVersion);
  }
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
