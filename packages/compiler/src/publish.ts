import { type Diagnostic, type MeshKey, type MeshReplicas, meshId } from '@meshwright/model';
import type { Inconsistency, SnapshotStore, SnapshotVersion } from '@meshwright/snapshot';
import { MAX_MESH_BYTES } from './meshRoom.ts';
import { compileNewest, type LastCompiled } from './newest.ts';
import { Recent } from './recent.ts';
import { checkChanged } from './selfCheck.ts';
import { inTurns } from './steps.ts';

/** What is kept of last compiles, so that only what changed is compiled: as many meshes as there are replicas. */
const KEPT = {
  values: 200,
  // Results of parts of compiling; about 2 kB each, so half a gigabyte at most for meshes of 20,000 services together.
  weight: 250_000,
  weigh: ({ compiled }: LastCompiled): number => compiled.memory.size,
};

/** What came of publishing a mesh. */
export type PublishResult =
  /** `published` = relays have something new; `unchanged` = a newer version of the same content. */
  | {
      readonly kind: 'published' | 'unchanged';
      readonly version: SnapshotVersion;
      readonly diagnostics: readonly Diagnostic[];
      /** Keys of the proxies that get something else than before; all of them where nothing was there to compare with. */
      readonly changedProxies: readonly string[];
      /** Milliseconds of compiling alone. */
      readonly compileMillis: number;
    }
  /** The head already is what this build makes of the mesh's newest state. */
  | { readonly kind: 'current'; readonly version: SnapshotVersion }
  /** The mesh never had a commit. */
  | { readonly kind: 'unknownMesh' }
  /** The compiled snapshot contradicts itself, a fault of the compiler; what was published before stays in service. */
  | { readonly kind: 'refused'; readonly version: SnapshotVersion; readonly problems: readonly Inconsistency[] };

/** One run of a publisher, told when it is over. */
export interface PublishEvent {
  readonly mesh: MeshKey;
  readonly result: PublishResult;
  /** Milliseconds from reading the head to having moved it. */
  readonly millis: number;
}

/** Brings the published snapshots up to the state of their meshes. */
export interface Publisher {
  /**
   * Publishes the mesh's newest state. At most one run per mesh is under way; calls that come meanwhile share one run after it,
   * so whoever called before or during a write is answered by a run that has seen it.
   * @throws MeshError `ServiceUnavailable` when the state cannot be read, or what the snapshot store throws; what was published before stays.
   */
  publish(mesh: MeshKey): Promise<PublishResult>;
}

/** What a publisher works with. */
export interface PublisherParts {
  /** Meshes in memory, shared with whoever writes: a commit is then read once, and no mesh is loaded for it. */
  readonly replicas: Pick<MeshReplicas, 'use'>;
  readonly snapshots: Pick<SnapshotStore, 'head' | 'publish' | 'read'>;
  /** Epoch milliseconds. */
  now(): number;
  /** Lets others get on while a large mesh is compiled: a turn of the event loop, say. */
  turn(): Promise<void>;
  onPublished?(event: PublishEvent): void;
}

interface MeshRuns {
  running: Promise<PublishResult>;
  next: Promise<PublishResult> | undefined;
}

/** Makes a publisher: catch up, compile what changed, publish from the head that was read; a loser reads again. */
export function createPublisher(parts: PublisherParts): Publisher {
  const runs = new Map<string, MeshRuns>();
  const kept = new Recent<LastCompiled>(KEPT);

  const run = async (mesh: MeshKey): Promise<PublishResult> => {
    const start = parts.now();
    const result = await publishNewest(parts, mesh, kept);
    parts.onPublished?.({ mesh, result, millis: parts.now() - start });
    return result;
  };
  const begin = (mesh: MeshKey, id: string): Promise<PublishResult> => {
    const running = run(mesh);
    const own: MeshRuns = { running, next: undefined };
    runs.set(id, own);
    const done = (): void => {
      if (runs.get(id) === own && own.next === undefined) runs.delete(id);
    };
    running.then(done, done);
    return running;
  };

  return {
    publish: (mesh) => {
      const id = meshId(mesh);
      const current = runs.get(id);
      if (current === undefined) return begin(mesh, id);
      const again = (): Promise<PublishResult> => begin(mesh, id);
      current.next ??= current.running.then(again, again);
      return current.next;
    },
  };
}

async function publishNewest(parts: PublisherParts, mesh: MeshKey, kept: Recent<LastCompiled>): Promise<PublishResult> {
  const { replicas, snapshots } = parts;
  const id = meshId(mesh);
  let maxBytes = MAX_MESH_BYTES;
  for (;;) {
    // The head first: a state read after it is at least as new, unless the store was restored.
    const head = await snapshots.head(id);
    const newest = await replicas.use(mesh, async (replica) => {
      await replica.catchUp();
      return await compileNewest(parts, mesh, replica, head, { last: kept.get(id), maxBytes });
    });
    if ('kind' in newest) return newest;
    const { compiled, changedProxies, millis: compileMillis } = newest;
    const { snapshot, diagnostics } = compiled;
    const { result: problems } = await inTurns(checkChanged(snapshot, changedProxies), parts);
    if (problems.length > 0) return { kind: 'refused', version: snapshot.version, problems };
    // To be gone on from whatever becomes of it: a store that fails would otherwise cost a compile from scratch with each try.
    kept.set(id, { compiled, isPublished: false });
    const outcome = await snapshots.publish(snapshot, head?.latest).catch((cause: unknown) => tooLargeToStore(cause, maxBytes));
    if (snapshot.proxies.size === 0 || outcome === 'tooLarge') kept.delete(id);
    if (outcome === 'tooLarge') {
      maxBytes /= 2;
      continue;
    }
    if (outcome === 'stale') continue;
    if (snapshot.proxies.size > 0) kept.set(id, { compiled, isPublished: true });
    return { kind: outcome, version: snapshot.version, diagnostics, changedProxies, compileMillis };
  }
}

/** Fewer bytes than any mesh has that cannot be stored: what is refused below that is refused for another reason. */
const LEAST_MAX_BYTES = MAX_MESH_BYTES / 2 ** 5;

/** What hardly compresses may be too large as it is stored, though it is not before: then less of it is tried. */
function tooLargeToStore(cause: unknown, maxBytes: number): 'tooLarge' {
  if (cause instanceof RangeError && maxBytes > LEAST_MAX_BYTES) return 'tooLarge';
  throw cause;
}
