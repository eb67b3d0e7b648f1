import { encodeSnapshot, type LoadedSnapshot, readPublished } from '../codec.ts';
import type { MeshSnapshot } from '../snapshot.ts';
import type { Head, ObjectSnapshots, Published, PublishOutcome, SnapshotStore } from '../store.ts';
import { SnapshotsUnavailable } from '../unavailable.ts';
import { SnapshotUnreadable } from '../unreadable.ts';

/**
 * What goes wrong: a head that cannot be read; a publish that fails before the head is written, or after it (its answer is lost);
 * an object that cannot be reached, is gone, damaged or cut short; a watch that ends with an error instead of its next heads.
 */
export type SnapshotFault =
  | 'headUnavailable'
  | 'headNotWritten'
  | 'headWrittenAnswerLost'
  | 'objectUnavailable'
  | 'objectMissing'
  | 'objectCorrupt'
  | 'objectTruncated'
  | 'watchFails';

/** A store that fails on demand and otherwise does what the store behind it does. */
export class FailingSnapshots implements ObjectSnapshots {
  readonly #inner: SnapshotStore | ObjectSnapshots;
  readonly #left = new Map<SnapshotFault, number>();

  constructor(inner: SnapshotStore | ObjectSnapshots) {
    this.#inner = inner;
  }

  /** Lets a fault happen the next `times` times it can; `Infinity` until `heal`. */
  fail(fault: SnapshotFault, times = 1): void {
    this.#left.set(fault, times);
  }

  /** Ends all faults. */
  heal(): void {
    this.#left.clear();
  }

  async head(mesh: string): Promise<Head | undefined> {
    if (this.#happens('headUnavailable')) throw new SnapshotsUnavailable(`The head of ${mesh} cannot be read`);
    return await this.#inner.head(mesh);
  }

  async publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    if (this.#happens('headNotWritten')) throw new SnapshotsUnavailable(`The head of ${snapshot.mesh} could not be written`);
    const outcome = await this.#inner.publish(snapshot, parent);
    if (this.#happens('headWrittenAnswerLost')) throw new SnapshotsUnavailable(`No answer came for the head of ${snapshot.mesh}`);
    return outcome;
  }

  /** Damaged bytes go through the real reader, so that the error is the real one. */
  async read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot> {
    if ('readObject' in this.#inner) return await readPublished((key) => this.readObject(mesh, key), mesh, published, before);
    // A store that does not hand out its objects has its snapshots encoded once more, which gives them another key when they kept an older one.
    this.#reach(published.key);
    const { bytes, key } = encodeSnapshot(await this.#inner.read(mesh, published));
    return await readPublished(async () => this.#damaged(bytes), mesh, { ...published, key });
  }

  async readObject(mesh: string, key: string): Promise<Uint8Array> {
    if (!('readObject' in this.#inner)) throw new TypeError('The store does not hand out its objects');
    this.#reach(key);
    return this.#damaged(await this.#inner.readObject(mesh, key));
  }

  async *watch(signal: AbortSignal): AsyncGenerator<readonly Head[]> {
    for await (const heads of this.#inner.watch(signal)) {
      if (this.#happens('watchFails')) throw new SnapshotsUnavailable('The heads cannot be watched');
      yield heads;
    }
  }

  #reach(key: string): void {
    if (this.#happens('objectUnavailable')) throw new SnapshotsUnavailable(`The object ${key} cannot be read`);
    if (this.#happens('objectMissing')) throw new SnapshotUnreadable(key, 'missing', 'the store has no such object');
  }

  #damaged(bytes: Uint8Array): Uint8Array {
    if (this.#happens('objectCorrupt')) return bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1);
    return this.#happens('objectTruncated') ? bytes.subarray(0, bytes.length >> 1) : bytes;
  }

  #happens(fault: SnapshotFault): boolean {
    const left = this.#left.get(fault) ?? 0;
    if (left > 0) this.#left.set(fault, left - 1);
    return left > 0;
  }
}
