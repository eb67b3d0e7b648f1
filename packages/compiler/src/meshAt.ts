import type { Kind, MeshKey, MeshState, Ref, Resource } from '@meshwright/model';
import type { MeshContents } from './incremental/unit.ts';

/** One mesh at one generation, as the compiler reads it; it must not change meanwhile. */
export interface MeshAt {
  readonly mesh: MeshKey;
  readonly generation: bigint;
  readonly contents: MeshContents;
}

/** A loaded mesh, to be compiled: costs the whole mesh. */
export function meshAt({ mesh, generation, resources }: MeshState): MeshAt {
  const byRef = new Map(resources.map((resource) => [refKey(resource.ref), resource]));
  const lists = Map.groupBy(resources, ({ ref }) => listKey(ref.kind, ref.parent));
  const contents: MeshContents = {
    get: <K extends Kind>(ref: Ref<K>) => byRef.get(refKey(ref)) as Resource<K> | undefined,
    list: <K extends Kind>(kind: K, parent?: string) => (lists.get(listKey(kind, parent)) ?? []) as unknown as readonly Resource<K>[],
  };
  return { mesh, generation, contents };
}

function refKey({ kind, parent, name }: Ref): string {
  return `${listKey(kind, parent)}\0${name}`;
}

function listKey(kind: Kind, parent = ''): string {
  return `${kind}\0${parent}`;
}
