import type { Head, LoadedSnapshot, MeshSnapshot, ObjectSnapshots, Published, PublishOutcome } from '@meshwright/snapshot';

/** A store whose objects come when a test says so. */
export class SlowSnapshots implements ObjectSnapshots {
  readonly #inner: ObjectSnapshots;
  #gate = Promise.resolve();
  #open = (): void => {};

  constructor(inner: ObjectSnapshots) {
    this.#inner = inner;
  }

  /** Lets every reading of an object from now on wait. */
  stop(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#open = resolve;
  }

  goOn(): void {
    this.#open();
  }

  head(mesh: string): Promise<Head | undefined> {
    return this.#inner.head(mesh);
  }

  publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    return this.#inner.publish(snapshot, parent);
  }

  async read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot> {
    await this.#gate;
    return await this.#inner.read(mesh, published, before);
  }

  async readObject(mesh: string, key: string): Promise<Uint8Array> {
    await this.#gate;
    return await this.#inner.readObject(mesh, key);
  }

  watch(signal: AbortSignal): AsyncIterable<readonly Head[]> {
    return this.#inner.watch(signal);
  }
}
