import { type Head, type LoadedSnapshot, type MeshSnapshot, type Published, readPublished, type SnapshotStore } from '@meshwright/snapshot';
import { MESH } from './content.ts';

/** The store of the relay that is measured: objects come as encoded by another process, and are read as from any store. */
export class PostedSnapshots implements SnapshotStore {
  #head: Head | undefined;
  #object: Uint8Array = new Uint8Array();
  #news = Promise.withResolvers<void>();

  /** Takes the next version and moves the head to it. */
  put(key: string, n: bigint, object: Uint8Array): void {
    const latest: Published = { version: { epoch: 1, n, build: 1 }, key, content: key };
    this.#object = object;
    this.#head = { mesh: MESH, rev: n, latest, serving: latest };
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  async head(): Promise<Head | undefined> {
    return this.#head;
  }

  async publish(): Promise<never> {
    throw new TypeError('versions of this store are posted');
  }

  async read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot> {
    return await readPublished(async () => this.#object, mesh, published, before);
  }

  async *watch(signal: AbortSignal): AsyncGenerator<readonly Head[]> {
    while (!signal.aborted) {
      const { promise } = this.#news;
      if (this.#head !== undefined) yield [this.#head];
      await promise;
    }
  }
}
