import type { ResourceKind } from '../resourceKind.ts';

/** Virtual routers; their routes are a kind of their own. */
export const virtualRouters: ResourceKind<'virtualRouter'> = {
  kind: 'virtualRouter',
  title: 'VirtualRouter',
  titles: 'VirtualRouters',
  collection: '/meshes/:meshName/virtualRouters',
  nameField: 'virtualRouterName',
  listField: 'virtualRouters',
};
