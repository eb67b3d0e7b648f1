import type { Head, LoadedSnapshot, MeshSnapshot, Published, PublishOutcome, SnapshotStore } from '@meshwright/snapshot';

/** A relay's view of a store that may hear late of new heads; what it asks for it is told at once. */
export class LaggingReader implements SnapshotStore {
  readonly #store: SnapshotStore;
  #gate = Promise.resolve();
  #release: (() => void) | undefined;

  constructor(store: SnapshotStore) {
    this.#store = store;
  }

  get isLagging(): boolean {
    return this.#release !== undefined;
  }

  lag(): void {
    if (this.#release !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#release = resolve;
  }

  catchUp(): void {
    this.#release?.();
    this.#release = undefined;
  }

  head(mesh: string): Promise<Head | undefined> {
    return this.#store.head(mesh);
  }

  read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot> {
    return this.#store.read(mesh, published, before);
  }

  publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    return this.#store.publish(snapshot, parent);
  }

  async *watch(signal: AbortSignal): AsyncIterable<readonly Head[]> {
    for await (const heads of this.#store.watch(signal)) {
      await this.#gate;
      yield heads;
    }
  }
}
