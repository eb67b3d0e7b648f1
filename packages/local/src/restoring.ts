import { COMPILER_BUILD, compile, type PublishEvent, type PublishResult } from '@meshwright/compiler';
import { type MeshKey, type MeshStore, meshId } from '@meshwright/model';
import { checkConsistency, type Head, type MeshSnapshot, type SnapshotStore, SnapshotUnreadable } from '@meshwright/snapshot';

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

async function restore({ store, snapshots }: RestoringParts, mesh: MeshKey, { latest }: Head, cause: unknown): Promise<PublishResult> {
  const { epoch, n, build } = latest.version;
  if (!(cause instanceof SnapshotUnreadable) || build !== COMPILER_BUILD) throw cause;
  const state = await store.load(mesh);
  // A newer state is about to be published by whoever committed it.
  if (state?.generation !== n) throw cause;
  const { snapshot, diagnostics } = compile(state, epoch);
  if (checkConsistency(snapshot).length > 0) throw cause;
  await snapshots.restore(snapshot);
  // The same content as before, readable again: nobody gets anything else.
  return { kind: 'published', version: snapshot.version, diagnostics, changedProxies: [], compileMillis: 0 };
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
    async read(mesh, published) {
      try {
        return await snapshots.read(mesh, published);
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
