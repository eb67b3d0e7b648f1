import { type Diagnostic, type MeshKey, type MeshReplica, type MeshReplicas, meshId } from '@meshwright/model';
import {
  compareVersions,
  type Head,
  type Inconsistency,
  type MeshSnapshot,
  type SnapshotStore,
  SnapshotUnreadable,
  type SnapshotVersion,
} from '@meshwright/snapshot';
import { COMPILER_BUILD } from './build.ts';
import { type Compiled, compileInSteps } from './compile.ts';
import { freezable } from './frozen.ts';
import type { MeshAt } from './meshAt.ts';
import { MAX_MESH_BYTES } from './meshRoom.ts';
import { Recent } from './recent.ts';
import { checkChanged } from './selfCheck.ts';
import { inTurns, type Steps } from './steps.ts';

/** What is kept of last compiles, so that only what changed is compiled: as many meshes as there are replicas. */
const KEPT = {
  values: 200,
  // Results of parts of compiling; about 2 kB each, so half a gigabyte at most for meshes of 20,000 services together.
  weight: 250_000,
  weigh: ({ memory }: Compiled): number => memory.size,
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
  const compiled = new Recent<Compiled>(KEPT);

  const run = async (mesh: MeshKey): Promise<PublishResult> => {
    const start = parts.now();
    const result = await publishNewest(parts, mesh, compiled);
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

async function publishNewest(parts: PublisherParts, mesh: MeshKey, compiled: Recent<Compiled>): Promise<PublishResult> {
  const { replicas, snapshots } = parts;
  const id = meshId(mesh);
  let maxBytes = MAX_MESH_BYTES;
  for (;;) {
    // The head first: a state read after it is at least as new, unless the store was restored.
    const head = await snapshots.head(id);
    const { result, compileMillis } = await replicas.use(mesh, async (replica) => {
      await replica.catchUp();
      const made = await compileNewest(parts, mesh, replica, head, { last: compiled.get(id), maxBytes });
      // In a process that has not compiled this mesh before, only what is published says what a failing proxy has to keep.
      const isLost = 'work' in made.result && made.result.work.failedProxies.length > 0 && compiled.get(id) === undefined;
      if (!isLost || head === undefined) return { result: made.result, compileMillis: made.millis };
      const again = await compileNewest(parts, mesh, replica, head, { parent: await readable(snapshots, id, head), maxBytes });
      return { result: again.result, compileMillis: made.millis + again.millis };
    });
    if ('kind' in result) return result;
    const { snapshot, diagnostics, work } = result;
    const { result: problems } = await inTurns(checkChanged(result), parts);
    if (problems.length > 0) return { kind: 'refused', version: snapshot.version, problems };
    compiled.set(id, result);
    const outcome = await snapshots.publish(snapshot, head?.latest).catch((cause: unknown) => tooLargeToStore(cause, maxBytes));
    if (snapshot.proxies.size === 0 || outcome === 'tooLarge') compiled.delete(id);
    if (outcome === 'tooLarge') {
      maxBytes /= 2;
      continue;
    }
    if (outcome !== 'stale')
      return { kind: outcome, version: snapshot.version, diagnostics, changedProxies: work.changedProxies, compileMillis };
  }
}

/** Fewer bytes than any mesh has that cannot be stored: what is refused below that is refused for another reason. */
const LEAST_MAX_BYTES = MAX_MESH_BYTES / 2 ** 5;

/** What hardly compresses may be too large as it is stored, though it is not before: then less of it is tried. */
function tooLargeToStore(cause: unknown, maxBytes: number): 'tooLarge' {
  if (cause instanceof RangeError && maxBytes > LEAST_MAX_BYTES) return 'tooLarge';
  throw cause;
}

interface Earlier {
  readonly maxBytes: number;
  readonly last?: Compiled | undefined;
  readonly parent?: MeshSnapshot | undefined;
}

type Newest = Compiled | Extract<PublishResult, { kind: 'unknownMesh' | 'current' }>;

/** Compiles what the replica holds now: whenever something is waited for it may be brought further, so before the first wait its mesh is copied. */
async function compileNewest(
  parts: PublisherParts,
  mesh: MeshKey,
  replica: MeshReplica,
  head: Head | undefined,
  earlier: Earlier,
): Promise<{ readonly result: Newest; readonly millis: number }> {
  const contents = freezable(mesh, replica.view);
  const frozenTurn = (): Promise<void> => {
    contents.freeze();
    return parts.turn();
  };
  return await inTurns(newestInSteps({ mesh, generation: replica.generation, contents }, replica, head, earlier), {
    turn: frozenTurn,
    now: () => parts.now(),
  });
}

function* newestInSteps(at: MeshAt, replica: MeshReplica, head: Head | undefined, { last, parent, maxBytes }: Earlier): Steps<Newest> {
  const { generation } = at;
  if (generation === 0n) return { kind: 'unknownMesh' };
  const version = { epoch: epochFor(head, generation), n: generation, build: COMPILER_BUILD };
  if (head !== undefined && compareVersions(head.latest.version, version) >= 0) return { kind: 'current', version: head.latest.version };
  if (last === undefined) return yield* compileInSteps(at, version.epoch, undefined, parent, maxBytes);
  // In another epoch generations count again: the same number is another mesh.
  const commits = last.snapshot.version.epoch === version.epoch ? replica.since(last.snapshot.version.n) : undefined;
  return yield* compileInSteps(at, version.epoch, { compiled: last, changed: commits?.flatMap(({ refs }) => refs) });
}

/** What is published, unless it cannot be read: then failing proxies have nothing to keep. */
async function readable(snapshots: PublisherParts['snapshots'], mesh: string, { latest }: Head): Promise<MeshSnapshot | undefined> {
  try {
    const snapshot = await snapshots.read(mesh, latest);
    // Copies: a proxy that keeps a few of them would keep the whole object in memory.
    return { ...snapshot, resources: new Map(Array.from(snapshot.resources, ([hash, bytes]) => [hash, new Uint8Array(bytes)])) };
  } catch (cause) {
    if (cause instanceof SnapshotUnreadable) return undefined;
    throw cause;
  }
}

/** A head ahead of the state means that an older state was restored: its generations count again, in an epoch of their own. */
function epochFor(head: Head | undefined, generation: bigint): number {
  if (head === undefined) return 1;
  const { epoch, n } = head.latest.version;
  return n > generation ? epoch + 1 : epoch;
}
