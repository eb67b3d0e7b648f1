import type { ResourceKind } from '../resourceKind.ts';

/** Virtual gateways; their gateway routes are a kind of their own. */
export const virtualGateways: ResourceKind<'virtualGateway'> = {
  kind: 'virtualGateway',
  title: 'VirtualGateway',
  titles: 'VirtualGateways',
  collection: '/meshes/:meshName/virtualGateways',
  nameField: 'virtualGatewayName',
  listField: 'virtualGateways',
};
