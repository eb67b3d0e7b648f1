import { COMPILER_BUILD, compile, type PublishResult } from '@meshwright/compiler';
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
 * @throws SnapshotUnreadable when another build made it: what it would say is not ours to tell.
 */
export async function restoreUnreadable(parts: RestoringParts, mesh: MeshKey, { latest }: Head): Promise<PublishResult | undefined> {
  try {
    await parts.snapshots.read(meshId(mesh), latest);
    return undefined;
  } catch (cause) {
    const state = await parts.store.load(mesh);
    if (!(cause instanceof SnapshotUnreadable) || state === undefined || latest.version.build !== COMPILER_BUILD) throw cause;
    const { snapshot, diagnostics } = compile(state, latest.version.epoch);
    if (checkConsistency(snapshot).length > 0) throw cause;
    await parts.snapshots.restore(snapshot);
    return { kind: 'published', version: snapshot.version, diagnostics };
  }
}
