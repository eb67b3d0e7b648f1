import type { ResourceKind } from '../resourceKind.ts';

/** Meshes: the only kind that lies in no mesh. */
export const meshes: ResourceKind<'mesh'> = {
  kind: 'mesh',
  title: 'Mesh',
  titles: 'Meshes',
  collection: '/meshes',
  nameField: 'meshName',
  listField: 'meshes',
};
