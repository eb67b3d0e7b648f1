import { setImmediate } from 'node:timers/promises';
import { COMPILER_BUILD, compileInTurns, type PublishEvent, type PublishResult } from '@meshwright/compiler';
import { type MeshKey, type MeshStore, meshId } from '@meshwright/model';
import { checkConsistency, type Head, type MeshSnapshot, type SnapshotStore, SnapshotUnreadable } from '@meshwright/snapshot';
import { versionOfKey } from './snapshots/retention.ts';

/** Snapshots whose newest object can be written anew when it is damaged. */
export interface RestorableSnapshots extends Pick<SnapshotStore, 'head' | 'publish' | 'read'> {
  /** Writes the object of a mesh's newest version anew; nothing when there is a newer version. */
  restore(snapshot: MeshSnapshot): Promise<void>;
}

/** What restoring works with. */
export interface RestoringParts {
  readonly store: Pick<MeshStore, 'load'>;
  readonly snapshots: RestorableSnapshots;
}

/**
 * Makes the newest snapshot of a mesh again when its object cannot be read, which no publisher does: to it the head is current.
 * Answers undefined when the object can be read.
 * @throws SnapshotUnreadable when another build made it, or of another state: what it would say is not ours to tell.
 */
export async function restoreUnreadable(parts: RestoringParts, mesh: MeshKey, head: Head): Promise<PublishResult | undefined> {
  try {
    await parts.snapshots.read(meshId(mesh), head.latest);
    return undefined;
  } catch (cause) {
    return await restore(parts, mesh, head, cause);
  }
}

async function restore({ store, snapshots }: RestoringParts, mesh: MeshKey, head: Head, cause: unknown): Promise<PublishResult> {
  const { epoch, n, build } = head.latest.version;
  if (!(cause instanceof SnapshotUnreadable) || build !== COMPILER_BUILD) throw cause;
  const state = await store.load(mesh);
  // A newer state is about to be published by whoever committed it.
  if (state?.generation !== n) throw cause;
  const turn = (): Promise<void> => setImmediate();
  const alone = await compileInTurns(state, { turn, epoch });
  // A proxy on which the compiler fails has its part from the version before, here as when it was published.
  const isWhole = alone.work.failedProxies.length === 0;
  const { snapshot, diagnostics } = isWhole
    ? alone
    : await compileInTurns(state, { turn, epoch, earlier: await parentOf(snapshots, head) });
  if (checkConsistency(snapshot).length > 0) throw cause;
  await snapshots.restore(snapshot);
  // The same content as before, readable again: nobody gets anything else.
  return { kind: 'published', version: snapshot.version, diagnostics, changedProxies: [], compileMillis: 0 };
}

/** What a mesh's newest version was made from; undefined where there was none, or it cannot be read any more. */
async function parentOf(snapshots: RestorableSnapshots, { mesh, latest, parent }: Head): Promise<MeshSnapshot | undefined> {
  const version = parent === undefined || parent === latest.key ? undefined : versionOfKey(parent);
  if (parent === undefined || version === undefined) return undefined;
  try {
    return await snapshots.read(mesh, { ...latest, key: parent, version });
  } catch (cause) {
    if (cause instanceof SnapshotUnreadable) return undefined;
    throw cause;
  }
}

/** What healing works with. */
export interface HealingParts extends RestoringParts {
  readonly snapshots: RestorableSnapshots & SnapshotStore;
  /** Epoch milliseconds. */
  now(): number;
  /** Told of each snapshot that was made again. */
  onPublished(event: PublishEvent): void;
}

/**
 * Snapshots for those who serve them: the newest object of a mesh that cannot be read is made again when it is asked for, instead
 * of with the mesh's next commit or at the next start.
 */
export function healingSnapshots(parts: HealingParts): SnapshotStore {
  const { snapshots } = parts;
  /** Objects that could not be made again: each try costs a compile, and relays ask every second. */
  const gaveUp = new Set<string>();
  const heal = async (mesh: string, key: string, cause: unknown): Promise<void> => {
    const start = parts.now();
    const head = await snapshots.head(mesh);
    const isDamage = cause instanceof SnapshotUnreadable && head?.latest.key === key;
    if (!isDamage || gaveUp.has(key)) throw cause;
    gaveUp.add(key);
    const result = await restore(parts, meshKey(mesh), head, cause);
    gaveUp.delete(key);
    parts.onPublished({ mesh: meshKey(mesh), result, millis: parts.now() - start });
  };
  return {
    head: (mesh) => snapshots.head(mesh),
    publish: (snapshot, parent) => snapshots.publish(snapshot, parent),
    watch: (signal) => snapshots.watch(signal),
    async read(mesh, published, before) {
      try {
        return await snapshots.read(mesh, published, before);
      } catch (cause) {
        await heal(mesh, published.key, cause);
        return await snapshots.read(mesh, published);
      }
    },
  };
}

/** The key that `meshId` made this of; an owner has no slash, a name may have. */
function meshKey(id: string): MeshKey {
  const slash = id.indexOf('/');
  return { owner: id.slice(0, slash), mesh: id.slice(slash + 1) };
}
