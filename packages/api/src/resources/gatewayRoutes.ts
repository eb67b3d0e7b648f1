import type { ResourceKind } from '../resourceKind.ts';

/** Gateway routes; their path says `virtualGateway` where the gateways' own says `virtualGateways`. */
export const gatewayRoutes: ResourceKind<'gatewayRoute'> = {
  kind: 'gatewayRoute',
  title: 'GatewayRoute',
  titles: 'GatewayRoutes',
  collection: '/meshes/:meshName/virtualGateway/:virtualGatewayName/gatewayRoutes',
  nameField: 'gatewayRouteName',
  listField: 'gatewayRoutes',
  parent: { kind: 'virtualGateway', title: 'VirtualGateway', nameField: 'virtualGatewayName' },
};
