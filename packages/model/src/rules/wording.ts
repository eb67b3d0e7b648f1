import { parentKind } from '../above.ts';
import { MeshError } from '../errors.ts';
import type { Kind, MeshKey, Ref } from '../resource.ts';
import { escaped } from '../schema/violation.ts';

/** Kinds as App Mesh's messages spell them. */
export const labels: { readonly [K in Kind]: string } = {
  mesh: 'Mesh',
  virtualNode: 'VirtualNode',
  virtualRouter: 'VirtualRouter',
  route: 'Route',
  virtualService: 'VirtualService',
  virtualGateway: 'VirtualGateway',
  gatewayRoute: 'GatewayRoute',
};

/** `VirtualNode with name N`, as App Mesh's messages begin. */
export function named({ kind, name }: Ref): string {
  return `${labels[kind]} with name ${escaped(name)}`;
}

/** Where a resource is or should be: `under mesh M for account A`. */
export function place({ owner, mesh }: MeshKey, { kind, parent }: Ref): string {
  const account = `for account ${escaped(owner)}`;
  if (kind === 'mesh') return account;
  const between = parentKind(kind);
  const above = between === undefined ? '' : `under ${labels[between]} ${escaped(parent ?? '')} `;
  return `${above}under mesh ${escaped(mesh)} ${account}`;
}

/** Refusal because the resource of the request, or one above it, is not there. */
export function notPresent(mesh: MeshKey, ref: Ref): MeshError {
  return new MeshError('NotFound', `${named(ref)} is not present ${place(mesh, ref)}: create it first, or check the name.`, { ref });
}
