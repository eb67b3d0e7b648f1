import { setImmediate } from 'node:timers/promises';
import { COMPILER_BUILD, createPublisher, type PublisherParts } from '@meshwright/compiler';
import { MeshError, type MeshKey, type MeshStore, meshId } from '@meshwright/model';
import type { Head } from '@meshwright/snapshot';
import { type RestorableSnapshots, restoreUnreadable } from './restoring.ts';
import { StartFailed } from './startFailed.ts';

// Wait before a mesh that could not be published is tried again, in milliseconds: twice as long after every failure, for one
// that fails for a reason of its own fails each time, and each try takes the time of a compile.
const FIRST_RETRY_MILLIS = 1_000;
const LONGEST_RETRY_MILLIS = 60_000;

/** Keeps published snapshots up with commits until it is closed. */
export interface Publishing {
  /** Publishes a mesh's newest state, now or as soon as it can be. */
  wake(mesh: MeshKey): void;
  /**
   * Publishes what commits before this process started, or an older compiler, left behind, and what cannot be read any more.
   * @returns the meshes that were not behind: of those nothing was published, and nothing told.
   * @throws StartFailed when the store cannot say what it holds.
   */
  catchUp(): Promise<readonly MeshKey[]>;
  /** Kept when what is under way for a mesh is over, whatever came of it; undefined when nothing is. */
  underWay(mesh: MeshKey): Promise<unknown> | undefined;
  /** Ends when nothing is under way any more; what is not published yet is caught up with at the next start. */
  close(): Promise<void>;
}

/** What publishing works with. */
export interface PublishingParts extends Omit<PublisherParts, 'turn'> {
  readonly store: Pick<MeshStore, 'load' | 'meshes' | 'generation'>;
  readonly snapshots: RestorableSnapshots;
  /** Calls back once after `millis`, unless the returned function was called before. */
  setTimer(callback: () => void, millis: number): () => void;
  /** Told when a mesh could not be published; it is tried again. */
  onFailure(mesh: MeshKey, cause: unknown): void;
}

interface Retry {
  readonly millis: number;
  readonly cancel: () => void;
}

/** Makes the publisher of an embedded store, which wakes it after each commit. */
export function createPublishing(parts: PublishingParts): Publishing {
  const publisher = createPublisher({ ...parts, turn: () => setImmediate() });
  const underWay = new RunsUnderWay();
  const retries = new Map<string, Retry>();
  let closed = false;

  const retryLater = (mesh: MeshKey): void => {
    if (closed) return;
    const before = retries.get(meshId(mesh));
    before?.cancel();
    const millis = before === undefined ? FIRST_RETRY_MILLIS : Math.min(2 * before.millis, LONGEST_RETRY_MILLIS);
    retries.set(meshId(mesh), { millis, cancel: parts.setTimer(() => wake(mesh), millis) });
  };
  const published = (mesh: MeshKey): void => {
    retries.get(meshId(mesh))?.cancel();
    retries.delete(meshId(mesh));
  };
  const wake = (mesh: MeshKey): void => {
    if (closed) return;
    // A turn later: the answer to whoever committed goes out first, for compiling keeps this process busy.
    const run = setImmediate()
      .then(() => publisher.publish(mesh))
      .then(
        () => published(mesh),
        (cause) => {
          parts.onFailure(mesh, cause);
          retryLater(mesh);
        },
      );
    underWay.add(mesh, run);
  };
  return {
    wake,
    async catchUp() {
      const quiet: MeshKey[] = [];
      for (const { mesh, current } of await standingOf(parts)) {
        if (current === undefined) wake(mesh);
        else if (!(await restoreDamaged(parts, mesh, current))) quiet.push(mesh);
      }
      await underWay.settled();
      return quiet;
    },
    underWay: (mesh) => underWay.of(mesh),
    async close() {
      closed = true;
      for (const { cancel } of retries.values()) cancel();
      await underWay.settled();
    },
  };
}

/** What is under way, by mesh; runs of one mesh come to an end in their order. */
class RunsUnderWay {
  readonly #runs = new Map<string, Set<Promise<void>>>();

  /** @param run never fails. */
  add(mesh: MeshKey, run: Promise<void>): void {
    const id = meshId(mesh);
    const runs = this.#runs.get(id) ?? new Set();
    this.#runs.set(id, runs.add(run));
    run.then(() => {
      runs.delete(run);
      if (runs.size === 0) this.#runs.delete(id);
    });
  }

  of(mesh: MeshKey): Promise<unknown> | undefined {
    const runs = this.#runs.get(meshId(mesh));
    return runs && Promise.all(runs);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#runs.values().flatMap((runs) => [...runs]));
  }
}

interface Standing {
  readonly mesh: MeshKey;
  /** Absent when it is behind. */
  readonly current?: Head;
}

async function standingOf({ store, snapshots }: PublishingParts): Promise<readonly Standing[]> {
  try {
    const all: Standing[] = [];
    for (const mesh of await store.meshes()) {
      const head = await snapshots.head(meshId(mesh));
      const isCurrent = head?.latest.version.n === (await store.generation(mesh)) && head.latest.version.build >= COMPILER_BUILD;
      all.push(isCurrent ? { mesh, current: head } : { mesh });
    }
    return all;
  } catch (error) {
    throw error instanceof MeshError ? new StartFailed(error.message, error) : error;
  }
}

/** Once: what stays unreadable is published with the mesh's next commit. Answers whether something was told of the mesh. */
async function restoreDamaged(parts: PublishingParts, mesh: MeshKey, head: Head): Promise<boolean> {
  const start = parts.now();
  try {
    const result = await restoreUnreadable(parts, mesh, head);
    if (result !== undefined) parts.onPublished?.({ mesh, result, millis: parts.now() - start });
    return result !== undefined;
  } catch (cause) {
    parts.onFailure(mesh, cause);
    return true;
  }
}
