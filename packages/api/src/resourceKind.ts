import type { Kind, Ref } from '@meshwright/model';

/** How one kind of resource appears in the API: all that its five operations need to know. */
export interface ResourceKind<K extends Kind = Kind> {
  readonly kind: K;
  /** As operation names have it, one and many: `CreateMesh`, `ListMeshes`. */
  readonly title: string;
  readonly titles: string;
  /** Path of the listing below `/v20190125`; the resource itself is one segment deeper. */
  readonly collection: string;
  /** The kind's own name in paths, bodies and answers. */
  readonly nameField: string;
  /** Member of a listing's answer that holds the items. */
  readonly listField: string;
  /** The resource between the mesh and this one. */
  readonly parent?: { readonly kind: Kind; readonly title: string; readonly nameField: string };
}

/** The resource's names as answers carry them, outermost first. */
export function nameMembers(kind: ResourceKind, ref: Ref): Readonly<Record<string, string>> {
  return {
    meshName: ref.mesh,
    ...(kind.parent !== undefined && ref.parent !== undefined && { [kind.parent.nameField]: ref.parent }),
    [kind.nameField]: ref.name,
  };
}
