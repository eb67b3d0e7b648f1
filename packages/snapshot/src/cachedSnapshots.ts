import { CacheFolder } from './cacheFolder.ts';
import { type LoadedSnapshot, readPublished } from './codec.ts';
import { chainOf } from './file.ts';
import type { MeshSnapshot } from './snapshot.ts';
import type { Head, LastGood, ObjectSnapshots, Published, PublishOutcome, SnapshotStore } from './store.ts';
import { SnapshotUnreadable } from './unreadable.ts';

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
  /** What was read of its object and those that one builds on, by their keys. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

const NOTHING: Writing['objects'] = new Map();

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

  async read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot> {
    const objects = new Map<string, Uint8Array>();
    const readObject = async (key: string): Promise<Uint8Array> => {
      const kept = await this.#folder.readObject(mesh, key);
      if (kept !== undefined) return kept;
      const bytes = await this.#inner.readObject(mesh, key);
      objects.set(key, bytes);
      return bytes;
    };
    const snapshot = await readPublished(readObject, mesh, published, before);
    const head = this.#heads.get(mesh);
    if (objects.size > 0 && head?.serving.key === published.key) this.#write({ head, objects });
    return snapshot;
  }

  async lastGood(mesh: string): Promise<LastGood | undefined> {
    const head = this.#folder.get(mesh)?.head;
    if (head === undefined) return undefined;
    const readObject = async (key: string): Promise<Uint8Array> => {
      const bytes = await this.#folder.readObject(mesh, key);
      if (bytes === undefined) throw new SnapshotUnreadable(key, 'missing', 'it is not on disk any more');
      return bytes;
    };
    try {
      return { head, snapshot: await readPublished(readObject, mesh, head.serving) };
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
    if (kept !== undefined && kept.rev !== head.rev && kept.serving.key === head.serving.key) this.#write({ head, objects: NOTHING });
  }

  #write(writing: Writing): void {
    const { mesh } = writing.head;
    const before = this.#waiting.get(mesh);
    // Objects that still wait to be written go with the newer head, too.
    const objects = before === undefined ? writing.objects : new Map([...before.objects, ...writing.objects]);
    this.#waiting.set(mesh, { head: writing.head, objects });
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
      await this.#folder.write(next.head, await this.#whole(next));
    }
  }

  /** All that a head's object builds on, as far as it is not on disk: who goes on from the version before has not read it. */
  async #whole({ head, objects }: Writing): Promise<Writing['objects']> {
    const last = objects.get(head.serving.key);
    if (last === undefined) return objects;
    const all = new Map(objects);
    for (const key of chainOf(last)) {
      if (all.has(key) || this.#folder.has(head.mesh, key)) continue;
      try {
        all.set(key, await this.#inner.readObject(head.mesh, key));
      } catch {
        // Away, or gone: what is on disk stays as it is, and the next version tries again.
        return NOTHING;
      }
    }
    return all;
  }
}
