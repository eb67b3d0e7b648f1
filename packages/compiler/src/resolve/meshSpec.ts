import type { MeshSpec } from '@meshwright/model';
import type { Unit } from '../incremental/unit.ts';

/** The mesh's own spec: tags of a mesh change without it, and every proxy uses it. */
export const meshSpec: Unit<undefined, MeshSpec> = {
  name: 'meshSpec',
  keyOf: () => '',
  work: (_, { mesh, get }) => get({ kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh })?.spec ?? {},
};
