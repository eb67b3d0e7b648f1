import { MemorySnapshots } from '@meshwright/local';
import { decodeHead, type Head, type MeshSnapshot, type SnapshotStore } from '@meshwright/snapshot';

/** The store of the relay that is measured: objects and heads come as encoded by another process, and are read as from any store. */
export class PostedSnapshots implements SnapshotStore {
  readonly #heads = new Map<string, Head>();
  readonly #objects = new Map<string, Map<string, Uint8Array>>();
  readonly #store = new MemorySnapshots({ heads: this.#heads, objects: this.#objects });
  #news = Promise.withResolvers<void>();

  /** None is let go again: a run is short. */
  putObject(mesh: string, key: string, bytes: Uint8Array): void {
    const objects = this.#objects.get(mesh) ?? new Map<string, Uint8Array>();
    this.#objects.set(mesh, objects);
    objects.set(key, bytes);
  }

  /** @param encoded a head as stores keep it. */
  putHead(encoded: Uint8Array): void {
    const head = decodeHead(encoded, 'the posted head');
    this.#heads.set(head.mesh, head);
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  head(mesh: string): Promise<Head | undefined> {
    return this.#store.head(mesh);
  }

  async publish(): Promise<never> {
    throw new TypeError('versions of this store are posted');
  }

  read(...asked: Parameters<SnapshotStore['read']>): Promise<MeshSnapshot> {
    return this.#store.read(...asked);
  }

  async *watch(signal: AbortSignal): AsyncGenerator<readonly Head[]> {
    while (!signal.aborted) {
      const { promise } = this.#news;
      yield [...this.#heads.values()];
      await promise;
    }
  }
}
