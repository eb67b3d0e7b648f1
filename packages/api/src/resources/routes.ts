import type { ResourceKind } from '../resourceKind.ts';

/** Routes; their path says `virtualRouter` where the routers' own says `virtualRouters`. */
export const routes: ResourceKind<'route'> = {
  kind: 'route',
  title: 'Route',
  titles: 'Routes',
  collection: '/meshes/:meshName/virtualRouter/:virtualRouterName/routes',
  nameField: 'routeName',
  listField: 'routes',
  parent: { kind: 'virtualRouter', title: 'VirtualRouter', nameField: 'virtualRouterName' },
};
