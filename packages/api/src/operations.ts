import type { Operation } from './operation.ts';
import { resourceOperations } from './resourceOperations.ts';
import { gatewayRoutes } from './resources/gatewayRoutes.ts';
import { meshes } from './resources/meshes.ts';
import { routes } from './resources/routes.ts';
import { virtualGateways } from './resources/virtualGateways.ts';
import { virtualNodes } from './resources/virtualNodes.ts';
import { virtualRouters } from './resources/virtualRouters.ts';
import { virtualServices } from './resources/virtualServices.ts';
import { tagOperations } from './tagOperations.ts';

/** All 38 operations of the App Mesh API of 2019-01-25; a new kind is one file under resources/ and one entry here. */
export const operations: readonly Operation[] = [
  ...[meshes, virtualNodes, virtualRouters, routes, virtualServices, virtualGateways, gatewayRoutes].flatMap(resourceOperations),
  ...tagOperations,
];
