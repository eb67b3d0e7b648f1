import { expect, it } from 'vitest';
import { operations } from './operations.ts';

// The API model of 2019-01-25, as the AWS SDKs have it: name, method, path below /v20190125.
const MODEL = `
CreateMesh PUT /meshes
DescribeMesh GET /meshes/:meshName
UpdateMesh PUT /meshes/:meshName
DeleteMesh DELETE /meshes/:meshName
ListMeshes GET /meshes
CreateVirtualNode PUT /meshes/:meshName/virtualNodes
DescribeVirtualNode GET /meshes/:meshName/virtualNodes/:virtualNodeName
UpdateVirtualNode PUT /meshes/:meshName/virtualNodes/:virtualNodeName
DeleteVirtualNode DELETE /meshes/:meshName/virtualNodes/:virtualNodeName
ListVirtualNodes GET /meshes/:meshName/virtualNodes
CreateVirtualRouter PUT /meshes/:meshName/virtualRouters
DescribeVirtualRouter GET /meshes/:meshName/virtualRouters/:virtualRouterName
UpdateVirtualRouter PUT /meshes/:meshName/virtualRouters/:virtualRouterName
DeleteVirtualRouter DELETE /meshes/:meshName/virtualRouters/:virtualRouterName
ListVirtualRouters GET /meshes/:meshName/virtualRouters
CreateRoute PUT /meshes/:meshName/virtualRouter/:virtualRouterName/routes
DescribeRoute GET /meshes/:meshName/virtualRouter/:virtualRouterName/routes/:routeName
UpdateRoute PUT /meshes/:meshName/virtualRouter/:virtualRouterName/routes/:routeName
DeleteRoute DELETE /meshes/:meshName/virtualRouter/:virtualRouterName/routes/:routeName
ListRoutes GET /meshes/:meshName/virtualRouter/:virtualRouterName/routes
CreateVirtualService PUT /meshes/:meshName/virtualServices
DescribeVirtualService GET /meshes/:meshName/virtualServices/:virtualServiceName
UpdateVirtualService PUT /meshes/:meshName/virtualServices/:virtualServiceName
DeleteVirtualService DELETE /meshes/:meshName/virtualServices/:virtualServiceName
ListVirtualServices GET /meshes/:meshName/virtualServices
CreateVirtualGateway PUT /meshes/:meshName/virtualGateways
DescribeVirtualGateway GET /meshes/:meshName/virtualGateways/:virtualGatewayName
UpdateVirtualGateway PUT /meshes/:meshName/virtualGateways/:virtualGatewayName
DeleteVirtualGateway DELETE /meshes/:meshName/virtualGateways/:virtualGatewayName
ListVirtualGateways GET /meshes/:meshName/virtualGateways
CreateGatewayRoute PUT /meshes/:meshName/virtualGateway/:virtualGatewayName/gatewayRoutes
DescribeGatewayRoute GET /meshes/:meshName/virtualGateway/:virtualGatewayName/gatewayRoutes/:gatewayRouteName
UpdateGatewayRoute PUT /meshes/:meshName/virtualGateway/:virtualGatewayName/gatewayRoutes/:gatewayRouteName
DeleteGatewayRoute DELETE /meshes/:meshName/virtualGateway/:virtualGatewayName/gatewayRoutes/:gatewayRouteName
ListGatewayRoutes GET /meshes/:meshName/virtualGateway/:virtualGatewayName/gatewayRoutes
ListTagsForResource GET /tags
TagResource PUT /tag
UntagResource PUT /untag
`;

it('has the 38 operations of the API model at their paths', () => {
  expect(operations.map(({ name, method, path }) => `${name} ${method} ${path}`)).toEqual(MODEL.trim().split('\n'));
});
