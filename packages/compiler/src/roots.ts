import type { Kind, MeshKey, Ref } from '@meshwright/model';
import { type Root, root } from './incremental/memo.ts';
import type { MeshContents } from './incremental/unit.ts';
import { proxy } from './proxyUnit.ts';
import { router } from './resolve/routers.ts';
import { service } from './resolve/services.ts';
import { gatewaySupport, meshSupport, nodeSupport, routerSupport, serviceSupport } from './resolve/support.ts';

type Roots = { readonly [K in Kind]: (ref: Ref<K>) => readonly Root[] };

/** What is wanted of each kind of resource for its own sake: proxies, and what is to be said of resources that no proxy uses. */
const roots: Roots = {
  mesh: (ref) => [root(meshSupport, ref)],
  virtualNode: (ref) => [root(nodeSupport, ref), root(proxy, ref)],
  virtualRouter: (ref) => [root(routerSupport, ref), root(router, ref.name)],
  // Looked at with its router.
  route: () => [],
  virtualService: (ref) => [root(serviceSupport, ref), root(service, ref.name)],
  virtualGateway: (ref) => [root(gatewaySupport, ref), root(proxy, ref)],
  // Looked at with its gateway.
  gatewayRoute: () => [],
};

/** What is wanted of a resource for its own sake. */
export function rootsOf<K extends Kind>(ref: Ref<K>): readonly Root[] {
  return roots[ref.kind](ref);
}

const KINDS = ['virtualNode', 'virtualRouter', 'virtualService', 'virtualGateway'] as const satisfies readonly Kind[];

/** All resources of a mesh of which something is wanted; none when the mesh was deleted, whatever was left. */
export function rootRefs(contents: MeshContents, { mesh }: MeshKey): readonly Ref[] {
  const own = contents.get({ kind: 'mesh', mesh, name: mesh });
  if (own === undefined) return [];
  return [own.ref, ...KINDS.flatMap((kind) => [...contents.list(kind)].map(({ ref }) => ref))];
}
