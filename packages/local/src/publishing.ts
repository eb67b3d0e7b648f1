import { setImmediate } from 'node:timers/promises';
import { COMPILER_BUILD, createPublisher, type PublisherParts } from '@meshwright/compiler';
import { type MeshKey, type MeshStore, meshId } from '@meshwright/model';

/** Wait before a mesh that could not be published is tried again, in milliseconds. */
const RETRY_MILLIS = 1_000;

/** Keeps published snapshots up with commits until it is closed. */
export interface Publishing {
  /** Publishes a mesh's newest state, now or as soon as it can be. */
  wake(mesh: MeshKey): void;
  /** Publishes what commits before this process started, or an older compiler, left behind. */
  catchUp(): Promise<void>;
  /** Ends when nothing is under way any more; what is not published yet is caught up with at the next start. */
  close(): Promise<void>;
}

/** What publishing works with. */
export interface PublishingParts extends PublisherParts {
  readonly store: MeshStore;
  /** Told when a mesh could not be published; it is tried again. */
  onFailure(mesh: MeshKey, cause: unknown): void;
}

/** Makes the publisher of an embedded store, which wakes it after each commit. */
export function createPublishing(parts: PublishingParts): Publishing {
  const publisher = createPublisher(parts);
  const underWay = new Set<Promise<void>>();
  const retries = new Map<string, NodeJS.Timeout>();
  let closed = false;

  const retryLater = (mesh: MeshKey): void => {
    if (closed) return;
    const id = meshId(mesh);
    clearTimeout(retries.get(id));
    retries.set(
      id,
      setTimeout(() => wake(mesh), RETRY_MILLIS),
    );
  };
  const wake = (mesh: MeshKey): void => {
    if (closed) return;
    // A turn later: the answer to whoever committed goes out first, for compiling keeps this process busy.
    const run = setImmediate()
      .then(() => publisher.publish(mesh))
      .then(
        () => {},
        (cause) => {
          parts.onFailure(mesh, cause);
          retryLater(mesh);
        },
      );
    underWay.add(run);
    run.finally(() => underWay.delete(run));
  };
  return {
    wake,
    async catchUp() {
      for (const mesh of await parts.store.meshes()) if (await isBehind(parts, mesh)) wake(mesh);
      await Promise.all(underWay);
    },
    async close() {
      closed = true;
      for (const timer of retries.values()) clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
}

async function isBehind({ store, snapshots }: PublishingParts, mesh: MeshKey): Promise<boolean> {
  const version = (await snapshots.head(meshId(mesh)))?.latest.version;
  return version === undefined || version.n !== (await store.generation(mesh)) || version.build < COMPILER_BUILD;
}
