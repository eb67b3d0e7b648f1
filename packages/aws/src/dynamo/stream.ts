import { type MeshKey, meshId } from '@meshwright/model';
import { isLogRow, meshOfLogPartition } from './keys.ts';

/** What is read of a record of the table's stream, as Lambda and GetRecords hand it out. */
export interface StreamRecord {
  readonly eventName?: string | undefined;
  readonly dynamodb?:
    | {
        readonly SequenceNumber?: string | undefined;
        readonly Keys?: Readonly<Record<string, { readonly S?: string | undefined }>> | undefined;
      }
    | undefined;
}

/** What a batch of stream records says. */
export interface ChangedMeshes {
  /** Meshes that had commits, each once, in the order of their first. */
  readonly meshes: readonly MeshKey[];
  /** Records that name no mesh, by sequence number: somebody else wrote into the table. They are no reason to hold up the others. */
  readonly unreadable: readonly string[];
}

/** The meshes that were committed to, by the keys of their log rows: of all items of a commit only that one is always new. */
export function changedMeshes(records: readonly StreamRecord[]): ChangedMeshes {
  const meshes = new Map<string, MeshKey>();
  const unreadable: string[] = [];
  // Rows that go have expired: nothing changed.
  for (const { eventName, dynamodb } of records.filter(({ eventName }) => eventName === 'INSERT')) {
    const [pk, sk] = [dynamodb?.Keys?.pk?.S, dynamodb?.Keys?.sk?.S];
    if (pk !== undefined && sk !== undefined && !isLogRow({ pk, sk })) continue;
    const mesh = pk === undefined || sk === undefined ? undefined : meshOfLogPartition(pk);
    if (mesh === undefined) unreadable.push(dynamodb?.SequenceNumber ?? `${eventName} without a sequence number`);
    else meshes.set(meshId(mesh), mesh);
  }
  return { meshes: [...meshes.values()], unreadable };
}
