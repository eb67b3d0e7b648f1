import { CacheFolder } from './cacheFolder.ts';
import { openPublished } from './codec.ts';
import type { MeshSnapshot } from './snapshot.ts';
import type { Head, LastGood, ObjectSnapshots, Published, PublishOutcome, SnapshotStore } from './store.ts';

const MAX_BYTES = 1024 * 1024 * 1024;

/** Where snapshots are kept, and how much of them. */
export interface CacheOptions {
  /** Made where there is none; of one process at a time. */
  readonly folder: string;
  /** Most bytes of all objects together; 1 GiB unless told. Beyond, what was written longest ago goes. */
  readonly maxBytes?: number;
  /** Told of each file that cannot be used or written: what cannot be used is removed, and read from the store again. */
  onTrouble(path: string, cause: unknown): void;
}

interface Writing {
  readonly head: Head;
  readonly object: Uint8Array | undefined;
}

/**
 * Keeps on disk what was last read of each mesh, so that a reader that starts anew has something verified to serve while the store is
 * away. Heads come from the store alone: what is on disk answers `lastGood` and saves the reading of objects, whose keys name their bytes.
 */
export class CachedSnapshots implements SnapshotStore {
  readonly #inner: ObjectSnapshots;
  readonly #folder: CacheFolder;
  /** Mesh → the newest head told of. */
  readonly #heads = new Map<string, Head>();
  /** Mesh → what is still to be written; the newest only. */
  readonly #waiting = new Map<string, Writing>();
  #writing: Promise<void> | undefined;

  private constructor(inner: ObjectSnapshots, folder: CacheFolder) {
    this.#inner = inner;
    this.#folder = folder;
  }

  /**
   * Opens a folder; what is damaged in it is told of and removed.
   * @throws the system's error when the folder cannot be made or read.
   */
  static async open(inner: ObjectSnapshots, { folder, maxBytes = MAX_BYTES, onTrouble }: CacheOptions): Promise<CachedSnapshots> {
    return new CachedSnapshots(inner, await CacheFolder.open(folder, { maxBytes, onTrouble }));
  }

  /** Number of meshes on disk. */
  get size(): number {
    return this.#folder.size;
  }

  async head(mesh: string): Promise<Head | undefined> {
    const head = await this.#inner.head(mesh);
    if (head !== undefined) this.#note(head);
    return head;
  }

  async publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    return await this.#inner.publish(snapshot, parent);
  }

  async read(mesh: string, published: Published): Promise<MeshSnapshot> {
    const kept = this.#folder.get(mesh)?.head.serving.key === published.key ? await this.#folder.readObject(mesh) : undefined;
    const bytes = kept ?? (await this.#inner.readObject(mesh, published));
    const snapshot = openPublished(bytes, mesh, published);
    const head = this.#heads.get(mesh);
    if (kept === undefined && head?.serving.key === published.key) this.#write({ head, object: bytes });
    return snapshot;
  }

  async lastGood(mesh: string): Promise<LastGood | undefined> {
    const head = this.#folder.get(mesh)?.head;
    const bytes = await this.#folder.readObject(mesh);
    if (head === undefined || bytes === undefined) return undefined;
    try {
      return { head, snapshot: openPublished(bytes, mesh, head.serving) };
    } catch (cause) {
      // Written by another build, or of nonsense: the bytes are those that were read.
      await this.#folder.drop(head, cause);
      return undefined;
    }
  }

  async *watch(signal: AbortSignal): AsyncGenerator<readonly Head[]> {
    for await (const heads of this.#inner.watch(signal)) {
      for (const head of heads) this.#note(head);
      yield heads;
    }
  }

  /** Resolves when all that was read so far is on disk, or could not be written. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** A head that moved while its object stayed is kept as well: it is the newer one that was served. */
  #note(head: Head): void {
    this.#heads.set(head.mesh, head);
    const kept = this.#folder.get(head.mesh)?.head;
    if (kept !== undefined && kept.rev !== head.rev && kept.serving.key === head.serving.key) this.#write({ head, object: undefined });
  }

  #write(writing: Writing): void {
    const { mesh } = writing.head;
    const before = this.#waiting.get(mesh);
    // An object that still waits to be written goes with the newer head that serves it, too.
    const object = writing.object ?? (before?.head.serving.key === writing.head.serving.key ? before.object : undefined);
    this.#waiting.set(mesh, { head: writing.head, object });
    this.#writing ??= this.#writeAll();
  }

  /** One after the other, and behind those who read: what is served does not wait for the disk. */
  async #writeAll(): Promise<void> {
    for (;;) {
      const [next] = this.#waiting.values();
      if (next === undefined) {
        // In the turn in which nothing waited: what comes later begins anew.
        this.#writing = undefined;
        return;
      }
      this.#waiting.delete(next.head.mesh);
      await this.#folder.write(next.head, next.object);
    }
  }
}
