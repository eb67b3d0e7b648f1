import {
  compareVersions,
  contentHash,
  type EncodedSnapshot,
  type Head,
  type HeldResource,
  type HoldableSnapshots,
  holdingHead,
  type MeshSnapshot,
  type ObjectSnapshots,
  openPublished,
  type Published,
  type PublishOutcome,
  publishInSteps,
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
      for (const obsolete of obsoleteKeys(objects.keys(), head)) objects.delete(obsolete);
      return true;
    };
    const holds = async (key: string): Promise<boolean> => key.endsWith(`-${contentHash(objects.get(key) ?? new Uint8Array())}`);
    const writeObject = async ({ key, bytes }: EncodedSnapshot): Promise<void> => void objects.set(key, bytes);
    return await publishInSteps({ before, holds, writeObject, moveHead }, snapshot, parent);
  }

  async hold(before: Head, held: readonly HeldResource[]): Promise<boolean> {
    if (this.#memory.heads.get(before.mesh)?.rev !== before.rev) return false;
    this.#moveHead(holdingHead(before, held));
    return true;
  }

  async read(mesh: string, published: Published): Promise<MeshSnapshot> {
    return openPublished(await this.readObject(mesh, published), mesh, published);
  }

  async readObject(mesh: string, { key }: Published): Promise<Uint8Array> {
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
