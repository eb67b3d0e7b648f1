import type { ResourceKind } from '../resourceKind.ts';

/** Virtual services. */
export const virtualServices: ResourceKind<'virtualService'> = {
  kind: 'virtualService',
  title: 'VirtualService',
  titles: 'VirtualServices',
  collection: '/meshes/:meshName/virtualServices',
  nameField: 'virtualServiceName',
  listField: 'virtualServices',
};
