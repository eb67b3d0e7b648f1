import type { Ref } from './resource.ts';

/** What a resource lives in, outermost first. */
export function abovesOf(ref: Ref): readonly Ref[] {
  if (ref.kind === 'mesh') return [];
  const mesh: Ref = { kind: 'mesh', mesh: ref.mesh, name: ref.mesh };
  return ref.kind === 'route' ? [mesh, routerOf(ref)] : [mesh];
}

/** The virtual router of a route. */
export function routerOf({ mesh, parent = '' }: Ref): Ref<'virtualRouter'> {
  return { kind: 'virtualRouter', mesh, name: parent };
}
