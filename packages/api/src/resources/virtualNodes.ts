import type { ResourceKind } from '../resourceKind.ts';

/** Virtual nodes. */
export const virtualNodes: ResourceKind<'virtualNode'> = {
  kind: 'virtualNode',
  title: 'VirtualNode',
  titles: 'VirtualNodes',
  collection: '/meshes/:meshName/virtualNodes',
  nameField: 'virtualNodeName',
  listField: 'virtualNodes',
};
