import {
  chainOf,
  compareVersions,
  contentHash,
  type Head,
  type HeldResource,
  type HoldableSnapshots,
  holdingHead,
  Lineages,
  type LoadedSnapshot,
  type MeshSnapshot,
  type ObjectSnapshots,
  type PackedFile,
  type Published,
  type PublishOutcome,
  publishInSteps,
  readPublished,
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
export class MemorySnapshots implements ObjectSnapshots, HoldableSnapshots {
  readonly #memory: SnapshotMemory;
  readonly #feed = new HeadFeed();
  readonly #lineages = new Lineages();

  constructor(memory: SnapshotMemory = { heads: new Map(), objects: new Map() }) {
    this.#memory = memory;
  }

  async head(mesh: string): Promise<Head | undefined> {
    return this.#memory.heads.get(mesh);
  }

  async publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    const { heads } = this.#memory;
    const objects = this.#objects(snapshot.mesh);
    const before = heads.get(snapshot.mesh);
    const moveHead = async (head: Head): Promise<boolean> => {
      if (heads.get(snapshot.mesh) !== before) return false;
      this.#moveHead(head);
      const chain = (key: string): readonly string[] => chainOf(objects.get(key) ?? new Uint8Array());
      for (const obsolete of obsoleteKeys(objects.keys(), head, chain)) objects.delete(obsolete);
      return true;
    };
    const hasObject = async (key: string): Promise<boolean> => key.endsWith(`-${contentHash(objects.get(key) ?? new Uint8Array())}`);
    const writeObject = async ({ key, bytes }: PackedFile): Promise<void> => void objects.set(key, bytes);
    return await publishInSteps({ before, lineages: this.#lineages, hasObject, writeObject, moveHead }, snapshot, parent);
  }

  async hold(before: Head, held: readonly HeldResource[]): Promise<boolean> {
    if (this.#memory.heads.get(before.mesh)?.rev !== before.rev) return false;
    this.#moveHead(holdingHead(before, held));
    return true;
  }

  async read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot> {
    return await readPublished((key) => this.readObject(mesh, key), mesh, published, before);
  }

  async readObject(mesh: string, key: string): Promise<Uint8Array> {
    const bytes = this.#memory.objects.get(mesh)?.get(key);
    if (bytes === undefined) throw new SnapshotUnreadable(key, 'missing', `mesh ${mesh} has no such object`);
    return bytes;
  }

  /** Writes the object of a mesh's newest version anew, one that cannot be read; nothing when there is a newer version. */
  async restore(snapshot: MeshSnapshot): Promise<void> {
    const before = this.#memory.heads.get(snapshot.mesh);
    if (before === undefined || compareVersions(before.latest.version, snapshot.version) !== 0) return;
    const { head, object } = restored({ ...before, rev: before.rev + 1n }, snapshot);
    this.#objects(snapshot.mesh).set(object.key, object.bytes);
    this.#moveHead(head);
  }

  watch(signal: AbortSignal): AsyncIterable<readonly Head[]> {
    return this.#feed.watch(() => this.#memory.heads.values(), signal);
  }

  #moveHead(head: Head): void {
    this.#memory.heads.set(head.mesh, head);
    this.#feed.tell(head);
  }

  #objects(mesh: string): Map<string, Uint8Array> {
    const objects = this.#memory.objects.get(mesh) ?? new Map<string, Uint8Array>();
    this.#memory.objects.set(mesh, objects);
    return objects;
  }
}
