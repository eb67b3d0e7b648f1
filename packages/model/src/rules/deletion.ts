import { MeshError } from '../errors.ts';
import type { Kind, MeshKey, Ref } from '../resource.ts';
import { escaped } from '../schema/violation.ts';
import type { MeshView } from '../view.ts';
import { labels, named } from './wording.ts';

/** What lies right in a resource of each kind, and so has to go before it. */
const childKinds: { readonly [K in Kind]: readonly Kind[] } = {
  mesh: ['virtualNode', 'virtualRouter', 'virtualService', 'virtualGateway'],
  virtualNode: [],
  virtualRouter: ['route'],
  route: [],
  virtualService: [],
  virtualGateway: ['gatewayRoute'],
  gatewayRoute: [],
};

/** Refuses a deletion that would leave behind what lives in the resource, or what names it. */
export function checkDeletion(view: MeshView, mesh: MeshKey, ref: Ref): void {
  if (ref.kind === 'mesh') {
    checkEmptyMesh(view, mesh, ref);
    return;
  }
  for (const kind of childKinds[ref.kind]) {
    for (const child of view.list(kind, ref.name)) {
      refuse(ref, `it has ${labels[kind]} ${escaped(child.ref.name)}`, `delete its ${labels[kind]}s first`);
    }
  }
  for (const referrer of view.referrers(ref)) {
    const { kind, name, parent } = referrer.ref;
    if (kind === 'virtualService') refuse(ref, `it is a VirtualService provider, of ${escaped(name)}`, 'delete or update that first');
    const above = kind === 'gatewayRoute' ? 'VirtualGateway' : 'VirtualRouter';
    refuse(ref, `it is a target of ${labels[kind]} ${escaped(name)} of ${above} ${escaped(parent ?? '')}`, 'delete or update that first');
  }
}

function checkEmptyMesh(view: MeshView, { owner, mesh }: MeshKey, ref: Ref): void {
  for (const kind of childKinds.mesh) {
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
