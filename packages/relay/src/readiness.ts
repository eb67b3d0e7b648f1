import { type Head, type SnapshotStore, SnapshotsUnavailable, SnapshotUnreadable } from '@meshwright/snapshot';

/** Whether whoever asks may send proxies here; if not, why. */
export type Readiness = { readonly isReady: true } | { readonly isReady: false; readonly reasons: readonly string[] };

/** Most meshes told of; the first ones tell where to look. */
const MAX_TOLD = 5;

/** Snapshots that can be looked at; `size` is how many meshes are kept nearer than the store, verified. */
export type ReadableSnapshots = Pick<SnapshotStore, 'watch' | 'read'> & { readonly size?: number };

/**
 * Tells whether there is something to serve that was verified: a relay that can read no snapshot at all has nothing to say to any
 * proxy. Once one was read it stays ready, for what was served once goes on being served with the store away. No mesh is fine, too.
 */
export class ReadinessCheck {
  readonly #snapshots: ReadableSnapshots;
  readonly #timeout: () => AbortSignal;
  #hasVerified = false;
  #running: Promise<Readiness> | undefined;

  /** @param timeout a signal that ends the reading of heads when it takes too long. */
  constructor(snapshots: ReadableSnapshots, timeout: () => AbortSignal) {
    this.#snapshots = snapshots;
    this.#timeout = timeout;
  }

  /** Any number of questions at once are one look at the store. */
  async check(): Promise<Readiness> {
    if (this.#hasVerified || (this.#snapshots.size ?? 0) > 0) return { isReady: true };
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined;
    });
    return await this.#running;
  }

  async #look(): Promise<Readiness> {
    const ending = new AbortController();
    const timeout = this.#timeout();
    try {
      const iterator = this.#snapshots.watch(AbortSignal.any([ending.signal, timeout]))[Symbol.asyncIterator]();
      const { done, value: heads } = await iterator.next();
      if (done === true) return notReady('the heads of the meshes could not be read in time');
      return await this.#verifyOne(heads);
    } catch (cause) {
      return notReady(`the heads of the meshes cannot be read: ${reasonOf(cause)}`);
    } finally {
      ending.abort();
    }
  }

  async #verifyOne(heads: readonly Head[]): Promise<Readiness> {
    const reasons: string[] = [];
    for (const { mesh, serving } of heads) {
      try {
        await this.#snapshots.read(mesh, serving);
        this.#hasVerified = true;
        return { isReady: true };
      } catch (cause) {
        reasons.push(`no snapshot of mesh ${mesh} can be read: ${reasonOf(cause)}`);
      }
    }
    return reasons.length === 0 ? { isReady: true } : notReady(...reasons.slice(0, MAX_TOLD));
  }
}

function notReady(...reasons: readonly string[]): Readiness {
  return { isReady: false, reasons };
}

/** @throws what is no failure of the store: a bug. */
function reasonOf(cause: unknown): string {
  if (cause instanceof SnapshotsUnavailable || cause instanceof SnapshotUnreadable) return cause.message;
  throw cause;
}
