import { MeshError } from '../errors.ts';
import type { Kind, MeshKey, Ref } from '../resource.ts';
import { escaped } from '../schema/violation.ts';
import type { MeshView } from '../view.ts';
import { labels, named } from './wording.ts';

const childrenOfMesh: readonly Exclude<Kind, 'mesh' | 'route'>[] = ['virtualNode', 'virtualRouter', 'virtualService'];

/** Refuses a deletion that would leave behind what lives in the resource, or what names it. */
export function checkDeletion(view: MeshView, mesh: MeshKey, ref: Ref): void {
  if (ref.kind === 'mesh') checkEmptyMesh(view, mesh, ref);
  if (ref.kind === 'virtualRouter') {
    for (const route of view.list('route', ref.name)) refuse(ref, `it has Route ${escaped(route.ref.name)}`, 'delete its routes first');
  }
  for (const referrer of view.referrers(ref)) {
    const { kind, name, parent } = referrer.ref;
    if (kind === 'virtualService') refuse(ref, `it is a VirtualService provider, of ${escaped(name)}`, 'delete or update that first');
    refuse(ref, `it is a target of Route ${escaped(name)} of VirtualRouter ${escaped(parent ?? '')}`, 'delete or update that first');
  }
}

function checkEmptyMesh(view: MeshView, { owner, mesh }: MeshKey, ref: Ref): void {
  for (const kind of childrenOfMesh) {
    for (const _child of view.list(kind)) {
      const children = `${labels[kind]}s`;
      const message = `Mesh ${escaped(mesh)} for account ${escaped(owner)} has active ${children}, please delete ${children} before deleting the Mesh.`;
      throw new MeshError('ResourceInUse', message, { ref });
    }
  }
}

function refuse(ref: Ref, because: string, fix: string): never {
  throw new MeshError('ResourceInUse', `${named(ref)} cannot be deleted because ${because}: ${fix}.`, { ref });
}
