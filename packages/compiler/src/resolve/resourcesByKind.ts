import type { Kind, MeshKey, MeshState, Resource } from '@meshwright/model';

/** The resources of one mesh by kind and name, in an order that does not depend on how they were stored. */
export interface ResourcesByKind {
  readonly key: MeshKey;
  readonly mesh: Resource<'mesh'>;
  readonly nodes: ReadonlyMap<string, Resource<'virtualNode'>>;
  readonly routers: ReadonlyMap<string, Resource<'virtualRouter'>>;
  readonly services: ReadonlyMap<string, Resource<'virtualService'>>;
  readonly routes: readonly Resource<'route'>[];
}

/** Sorts a mesh's resources into their kinds; undefined for a mesh that was deleted. */
export function resourcesByKind(state: MeshState): ResourcesByKind | undefined {
  const [mesh] = ofKind(state, 'mesh');
  if (mesh === undefined) return undefined;
  return {
    key: state.mesh,
    mesh,
    nodes: byName(ofKind(state, 'virtualNode')),
    routers: byName(ofKind(state, 'virtualRouter')),
    services: byName(ofKind(state, 'virtualService')),
    routes: ofKind(state, 'route'),
  };
}

function ofKind<K extends Kind>(state: MeshState, kind: K): readonly Resource<K>[] {
  const isKind = (resource: Resource): resource is Resource<K> => resource.ref.kind === kind;
  return state.resources
    .filter(isKind)
    .sort((a, b) => compareText(a.ref.name, b.ref.name) || compareText(a.ref.parent ?? '', b.ref.parent ?? ''));
}

function byName<K extends Kind>(resources: readonly Resource<K>[]): ReadonlyMap<string, Resource<K>> {
  return new Map(resources.map((resource) => [resource.ref.name, resource]));
}

/** Compares by code units: the only order that every machine agrees on. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares by age: what was created first comes first, equally old by name. */
export function compareAge(a: Resource, b: Resource): number {
  return a.metadata.createdAt - b.metadata.createdAt || compareText(a.ref.name, b.ref.name);
}
