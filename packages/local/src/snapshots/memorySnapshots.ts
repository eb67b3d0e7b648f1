import {
  compareVersions,
  encodeSnapshot,
  type Head,
  type MeshSnapshot,
  mayFollow,
  nextHead,
  openPublished,
  type Published,
  type PublishOutcome,
  type SnapshotStore,
  SnapshotUnreadable,
} from '@meshwright/snapshot';
import { HeadFeed } from './headFeed.ts';
import { restored } from './restored.ts';
import { obsoleteKeys } from './retention.ts';

/** What outlives a `MemorySnapshots`: one handed to a second store is read as files are after a restart. */
export interface SnapshotMemory {
  readonly heads: Map<string, Head>;
  /** Mesh → key → bytes, encoded as files are. */
  readonly objects: Map<string, Map<string, Uint8Array>>;
}

/** Keeps snapshots in memory, for tests; behaves as the stores that last. */
export class MemorySnapshots implements SnapshotStore {
  readonly #memory: SnapshotMemory;
  readonly #feed = new HeadFeed();

  constructor(memory: SnapshotMemory = { heads: new Map(), objects: new Map() }) {
    this.#memory = memory;
  }

  async head(mesh: string): Promise<Head | undefined> {
    return this.#memory.heads.get(mesh);
  }

  async publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    const { mesh, version } = snapshot;
    const before = this.#memory.heads.get(mesh);
    if (!mayFollow(before, parent, version)) return 'stale';
    const { bytes, key, content } = encodeSnapshot(snapshot);
    const { outcome, head } = nextHead(before, mesh, { version, key, content });
    const objects = this.#objects(mesh);
    if (outcome === 'published') objects.set(key, bytes);
    this.#memory.heads.set(mesh, head);
    this.#feed.tell(head);
    for (const obsolete of obsoleteKeys(objects.keys(), head)) objects.delete(obsolete);
    return outcome;
  }

  async read(mesh: string, published: Published): Promise<MeshSnapshot> {
    const bytes = this.#memory.objects.get(mesh)?.get(published.key);
    if (bytes === undefined) throw new SnapshotUnreadable(published.key, 'missing', `mesh ${mesh} has no such object`);
    return openPublished(bytes, mesh, published);
  }

  /** Writes the object of a mesh's newest version anew, one that cannot be read; nothing when there is a newer version. */
  async restore(snapshot: MeshSnapshot): Promise<void> {
    const before = this.#memory.heads.get(snapshot.mesh);
    if (before === undefined || compareVersions(before.latest.version, snapshot.version) !== 0) return;
    const { head, object } = restored({ ...before, rev: before.rev + 1n }, snapshot);
    this.#objects(snapshot.mesh).set(object.key, object.bytes);
    this.#memory.heads.set(snapshot.mesh, head);
    this.#feed.tell(head);
  }

  watch(signal: AbortSignal): AsyncIterable<readonly Head[]> {
    return this.#feed.watch(() => this.#memory.heads.values(), signal);
  }

  #objects(mesh: string): Map<string, Uint8Array> {
    const objects = this.#memory.objects.get(mesh) ?? new Map<string, Uint8Array>();
    this.#memory.objects.set(mesh, objects);
    return objects;
  }
}
