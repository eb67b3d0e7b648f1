import type { Operation } from './operation.ts';
import { resourceOperations } from './resourceOperations.ts';
import { meshes } from './resources/meshes.ts';
import { routes } from './resources/routes.ts';
import { virtualNodes } from './resources/virtualNodes.ts';
import { virtualRouters } from './resources/virtualRouters.ts';
import { virtualServices } from './resources/virtualServices.ts';

const GATEWAYS = '/meshes/:meshName/virtualGateways';
const GATEWAY_ROUTES = '/meshes/:meshName/virtualGateway/:virtualGatewayName/gatewayRoutes';

/** Known, so that a client is told what is missing instead of being told its path is wrong. */
const notBuilt: readonly Operation[] = [
  ...unbuiltResource('VirtualGateway', GATEWAYS, ':virtualGatewayName'),
  ...unbuiltResource('GatewayRoute', GATEWAY_ROUTES, ':gatewayRouteName'),
  { name: 'ListTagsForResource', method: 'GET', path: '/tags' },
  { name: 'TagResource', method: 'PUT', path: '/tag' },
  { name: 'UntagResource', method: 'PUT', path: '/untag' },
];

/** All 38 operations of the App Mesh API of 2019-01-25; a new kind is one file under resources/ and one entry here. */
export const operations: readonly Operation[] = [
  ...[meshes, virtualNodes, virtualRouters, routes, virtualServices].flatMap(resourceOperations),
  ...notBuilt,
];

function unbuiltResource(title: string, collection: string, name: string): readonly Operation[] {
  const item = `${collection}/${name}`;
  return [
    { name: `Create${title}`, method: 'PUT', path: collection },
    { name: `Describe${title}`, method: 'GET', path: item },
    { name: `Update${title}`, method: 'PUT', path: item },
    { name: `Delete${title}`, method: 'DELETE', path: item },
    { name: `List${title}s`, method: 'GET', path: collection },
  ];
}
