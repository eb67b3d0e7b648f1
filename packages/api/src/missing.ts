import { type MeshError, type MeshKey, type MeshStore, notPresent, type Ref } from '@meshwright/model';

/** `NotFound` for the first of these that does not exist, outermost first; undefined when all are there. Read only after something was not found. */
export async function firstMissing(store: MeshStore, mesh: MeshKey, sought: readonly Ref[]): Promise<MeshError | undefined> {
  for (const ref of sought) {
    if ((await store.get(mesh, ref)) === undefined) return notPresent(mesh, ref);
  }
  return undefined;
}
