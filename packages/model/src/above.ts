import type { Kind, Ref } from './resource.ts';

/** The kinds that lie in another resource than their mesh, and what that is. */
interface ParentKinds extends Partial<Record<Kind, Kind>> {
  readonly route: 'virtualRouter';
  readonly gatewayRoute: 'virtualGateway';
}

const parentKinds: ParentKinds = { route: 'virtualRouter', gatewayRoute: 'virtualGateway' };

/** The kind a kind lies in, between it and the mesh; undefined for those that lie in the mesh itself. */
export function parentKind(kind: Kind): Kind | undefined {
  return (parentKinds as Partial<Record<Kind, Kind>>)[kind];
}

/** What a resource lives in, outermost first. */
export function abovesOf(ref: Ref): readonly Ref[] {
  if (ref.kind === 'mesh') return [];
  const { mesh, parent = '' } = ref;
  const between = parentKind(ref.kind);
  const inMesh: Ref = { kind: 'mesh', mesh, name: mesh };
  return between === undefined ? [inMesh] : [inMesh, { kind: between, mesh, name: parent }];
}

/** The virtual router of a route, the virtual gateway of a gateway route. */
export function parentOf<K extends 'route' | 'gatewayRoute'>({ kind, mesh, parent = '' }: Ref<K>): Ref<ParentKinds[K]> {
  return { kind: parentKinds[kind], mesh, name: parent };
}
