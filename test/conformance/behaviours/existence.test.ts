import { describe, expect, test } from 'vitest';
import { boto3 } from '../clients/boto3.ts';
import { connected } from '../connected.ts';
import { gatewayRouteSpec, kindSamples, nodeSpec, routeSpec } from '../kinds.ts';
import { ACCOUNT } from '../system.ts';
import { behaviours } from './behaviours.ts';

const api = connected(boto3);

const backendOf = (virtualServiceName: string) => ({ backends: [{ virtualService: { virtualServiceName } }] });
const providedBy = (kind: 'virtualNode' | 'virtualRouter', name: string) => ({ provider: { [kind]: { [`${kind}Name`]: name } } });

/** Creates everything of one mesh; what stands in the way of what is seen when it is deleted in another order. */
async function createAll(meshName: string): Promise<void> {
  for (const { title, named, spec } of kindSamples(meshName)) await api.call(`Create${title}`, { ...named, spec });
}

test(behaviours[7], async () => {
  const missingMesh = (mesh: string) => `Mesh with name ${mesh} is not present for account ${ACCOUNT}: create it first`;
  for (const { title, titles, below, named, spec } of kindSamples('nowhere')) {
    for (const verb of ['Describe', 'Delete']) await api.refuses(`${verb}${title}`, named, 'NotFoundException', missingMesh('nowhere'));
    await api.refuses(`Update${title}`, { ...named, spec }, 'NotFoundException', missingMesh('nowhere'));
    if (title === 'Mesh') continue;
    await api.refuses(`Create${title}`, { ...named, spec }, 'NotFoundException', missingMesh('nowhere'));
    await api.refuses(`List${titles}`, below, 'NotFoundException', missingMesh('nowhere'));
  }
  await api.seed(['meshes'], { meshName: 'bare' });
  await api.seed(['meshes', 'bare', 'virtualNodes'], { virtualNodeName: 'blue', spec: nodeSpec('blue.local') });
  await api.seed(['meshes', 'bare', 'virtualServices'], { virtualServiceName: 'color.local', spec: {} });
  const inMesh = `under mesh bare for account ${ACCOUNT}`;
  for (const [title, titles, parent, names, spec] of [
    ['Route', 'Routes', 'VirtualRouter', { virtualRouterName: 'gone' }, routeSpec('blue')],
    ['GatewayRoute', 'GatewayRoutes', 'VirtualGateway', { virtualGatewayName: 'gone' }, gatewayRouteSpec('color.local')],
  ] as const) {
    const below = { meshName: 'bare', ...names };
    const named = { ...below, [`${title.charAt(0).toLowerCase()}${title.slice(1)}Name`]: 'r' };
    const missing = `${parent} with name gone is not present ${inMesh}`;
    for (const verb of ['Create', 'Update']) await api.refuses(`${verb}${title}`, { ...named, spec }, 'NotFoundException', missing);
    for (const verb of ['Describe', 'Delete']) await api.refuses(`${verb}${title}`, named, 'NotFoundException', missing);
    await api.refuses(`List${titles}`, below, 'NotFoundException', missing);
  }
  const node = { meshName: 'bare', virtualNodeName: 'gone' };
  await api.refuses('DescribeVirtualNode', node, 'NotFoundException', `VirtualNode with name gone is not present ${inMesh}`);
  const tagged = { resourceArn: `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/bare/virtualNode/gone` };
  await api.refuses('ListTagsForResource', tagged, 'NotFoundException', 'gone');
  await api.refuses('TagResource', { ...tagged, tags: [{ key: 'k', value: '' }] }, 'NotFoundException', 'gone');
  await api.refuses('UntagResource', { ...tagged, tagKeys: ['k'] }, 'NotFoundException', 'gone');
});

test(behaviours[8], async () => {
  await createAll('ended');
  for (const { title, titles, below, named, members, arn } of kindSamples('ended').toReversed()) {
    const last = await api.resource(`Describe${title}`, named);
    const deleted = await api.resource(`Delete${title}`, named);
    // Terraform takes a Describe with this status for gone, too; the version is the last one.
    expect(deleted).toEqual({ ...last, status: { status: 'DELETED' } });
    await api.refuses(`Describe${title}`, named, 'NotFoundException');
    await api.refuses(`Delete${title}`, named, 'NotFoundException');
    await api.refuses('ListTagsForResource', { resourceArn: arn }, 'NotFoundException');
    if (title !== 'Mesh') expect((await api.call(`List${titles}`, below))[members]).toEqual([]);
  }
});

/** Specs of each kind of route to one node, by the member that holds the route. */
const routeSpecs: Readonly<Record<string, (virtualNode: string) => object>> = {
  httpRoute: (node) => routeSpec(node),
  http2Route: (node) => ({ http2Route: { match: { prefix: '/' }, action: toNode(node) } }),
  grpcRoute: (node) => ({ grpcRoute: { match: { serviceName: 's' }, action: toNode(node) } }),
  tcpRoute: (node) => ({ tcpRoute: { action: toNode(node) } }),
};

/** Specs of each kind of gateway route to one service, by the member that holds the route. */
const gatewayRouteSpecs: Readonly<Record<string, (virtualService: string) => object>> = {
  httpRoute: (service) => gatewayRouteSpec(service),
  http2Route: (service) => ({ http2Route: { match: { prefix: '/' }, action: { target: toService(service) } } }),
  grpcRoute: (service) => ({ grpcRoute: { match: { serviceName: 's' }, action: { target: toService(service) } } }),
};

const toNode = (virtualNode: string) => ({ weightedTargets: [{ virtualNode, weight: 1 }] });
const toService = (virtualServiceName: string) => ({ virtualService: { virtualServiceName } });

/** Creates a mesh with a router and a gateway that take routes of any protocol, a node and a service. */
async function createTargets(meshName: string): Promise<void> {
  await api.seed(['meshes'], { meshName });
  await api.seed(['meshes', meshName, 'virtualRouters'], { virtualRouterName: 'split', spec: {} });
  await api.seed(['meshes', meshName, 'virtualGateways'], { virtualGatewayName: 'front', spec: { listeners: [] } });
  await api.seed(['meshes', meshName, 'virtualNodes'], { virtualNodeName: 'blue', spec: nodeSpec('blue.local') });
  await api.seed(['meshes', meshName, 'virtualServices'], { virtualServiceName: 'color.local', spec: {} });
}

test(behaviours[10], async () => {
  const meshName = 'targets';
  await createTargets(meshName);
  for (const [kind, specOf] of Object.entries(routeSpecs)) {
    const route = { meshName, virtualRouterName: 'split', routeName: kind };
    const words = ['VirtualNode with name gone is missing', `spec.${kind}.action.weightedTargets[0].virtualNode`, 'create it first'];
    await api.refuses('CreateRoute', { ...route, spec: specOf('gone') }, 'NotFoundException', ...words);
    await api.call('CreateRoute', { ...route, spec: specOf('blue') });
    await api.refuses('UpdateRoute', { ...route, spec: specOf('gone') }, 'NotFoundException', ...words);
    expect(await api.resource('DescribeRoute', route)).toMatchObject({ spec: specOf('blue'), metadata: { version: 1 } });
  }
});

test(behaviours[11], async () => {
  const meshName = 'backends';
  await api.seed(['meshes'], { meshName });
  const node = { meshName, virtualNodeName: 'client' };
  expect((await api.resource('CreateVirtualNode', { ...node, spec: backendOf('later.local') })).spec).toEqual(backendOf('later.local'));
  expect((await api.resource('UpdateVirtualNode', { ...node, spec: backendOf('never.local') })).spec).toEqual(backendOf('never.local'));
});

describe(behaviours[12], () => {
  test('providers of services', providersFirst);
  test('targets of gateway routes', targetsFirst);
});

async function providersFirst(): Promise<void> {
  const meshName = 'order';
  await api.seed(['meshes'], { meshName });
  const service = { meshName, virtualServiceName: 'color.local' };
  for (const [spec, label] of [
    [providedBy('virtualNode', 'blue'), 'VirtualNode with name blue is missing'],
    [providedBy('virtualRouter', 'split'), 'VirtualRouter with name split is missing'],
  ] as const)
    await api.refuses('CreateVirtualService', { ...service, spec }, 'NotFoundException', label, 'spec.provider.');
  await api.seed(['meshes', meshName, 'virtualNodes'], { virtualNodeName: 'blue', spec: nodeSpec('blue.local') });
  await api.call('CreateVirtualService', { ...service, spec: providedBy('virtualNode', 'blue') });
  const split = { ...service, spec: providedBy('virtualRouter', 'split') };
  await api.refuses('UpdateVirtualService', split, 'NotFoundException', 'VirtualRouter with name split is missing');
}

async function targetsFirst(): Promise<void> {
  const meshName = 'gateway targets';
  await createTargets(meshName);
  for (const [kind, specOf] of Object.entries(gatewayRouteSpecs)) {
    const route = { meshName, virtualGatewayName: 'front', gatewayRouteName: kind };
    const words = ['VirtualService with name gone is missing', `spec.${kind}.action.target.virtualService.virtualServiceName`];
    await api.refuses('CreateGatewayRoute', { ...route, spec: specOf('gone') }, 'NotFoundException', ...words);
    await api.call('CreateGatewayRoute', { ...route, spec: specOf('color.local') });
    await api.refuses('UpdateGatewayRoute', { ...route, spec: specOf('gone') }, 'NotFoundException', ...words);
    expect(await api.resource('DescribeGatewayRoute', route)).toMatchObject({ spec: specOf('color.local'), metadata: { version: 1 } });
  }
}

test(behaviours[13], async () => {
  const meshName = 'full';
  await createAll(meshName);
  const refused = (children: string) =>
    api.refuses(
      'DeleteMesh',
      { meshName },
      'ResourceInUseException',
      `Mesh ${meshName} for account ${ACCOUNT} has active ${children}, please delete ${children} before deleting the Mesh`,
    );
  const kinds = kindSamples(meshName);
  const named = (title: string) => kinds.find((kind) => kind.title === title)?.named ?? {};
  await refused('VirtualNodes');
  for (const title of ['GatewayRoute', 'VirtualService', 'Route', 'VirtualNode']) await api.call(`Delete${title}`, named(title));
  await refused('VirtualRouters');
  await api.call('DeleteVirtualRouter', named('VirtualRouter'));
  await refused('VirtualGateways');
  await api.call('DeleteVirtualGateway', named('VirtualGateway'));
  await api.seed(['meshes', meshName, 'virtualServices'], { virtualServiceName: 'alone.local', spec: {} });
  await refused('VirtualServices');
  await api.call('DeleteVirtualService', { meshName, virtualServiceName: 'alone.local' });
  await api.call('DeleteMesh', { meshName });
});

describe(behaviours[14], () => {
  const inUse = (operation: string, input: object, ...words: string[]) => api.refuses(operation, input, 'ResourceInUseException', ...words);

  test('nodes: targets of routes, providers of services', async () => {
    const meshName = 'nodes';
    await createAll(meshName);
    const node = { meshName, virtualNodeName: 'blue' };
    await inUse('DeleteVirtualNode', node, 'VirtualNode with name blue cannot be deleted', 'Route all of VirtualRouter split');
    await api.call('UpdateVirtualService', { meshName, virtualServiceName: 'color.local', spec: providedBy('virtualNode', 'blue') });
    await api.call('DeleteRoute', { meshName, virtualRouterName: 'split', routeName: 'all' });
    await inUse('DeleteVirtualNode', node, 'VirtualNode with name blue cannot be deleted because it is a VirtualService provider');
    await api.call('UpdateVirtualService', { meshName, virtualServiceName: 'color.local', spec: {} });
    await api.call('DeleteVirtualNode', node);
  });

  test('routers: with routes, providers of services', async () => {
    const meshName = 'routers';
    await createAll(meshName);
    const router = { meshName, virtualRouterName: 'split' };
    await inUse('DeleteVirtualRouter', router, 'VirtualRouter with name split cannot be deleted', 'Route all');
    await api.call('DeleteRoute', { ...router, routeName: 'all' });
    await inUse('DeleteVirtualRouter', router, 'VirtualRouter with name split cannot be deleted because it is a VirtualService provider');
  });

  test('services named by gateway routes, gateways with gateway routes', async () => {
    const meshName = 'gateways';
    await createAll(meshName);
    const service = { meshName, virtualServiceName: 'color.local' };
    await inUse(
      'DeleteVirtualService',
      service,
      'VirtualService with name color.local cannot be deleted',
      'GatewayRoute color of VirtualGateway front',
    );
    const gateway = { meshName, virtualGatewayName: 'front' };
    await inUse('DeleteVirtualGateway', gateway, 'VirtualGateway with name front cannot be deleted', 'GatewayRoute color');
    await api.call('DeleteGatewayRoute', { ...gateway, gatewayRouteName: 'color' });
    await api.call('DeleteVirtualGateway', gateway);
    await api.call('DeleteVirtualService', service);
  });

  test('nodes and services, by routes and gateway routes of each kind', async () => {
    const meshName = 'each kind';
    await createTargets(meshName);
    const node = { meshName, virtualNodeName: 'blue' };
    for (const [routeName, specOf] of Object.entries(routeSpecs)) {
      const route = { meshName, virtualRouterName: 'split', routeName };
      await api.call('CreateRoute', { ...route, spec: specOf('blue') });
      await inUse('DeleteVirtualNode', node, `cannot be deleted because it is a target of Route ${routeName} of VirtualRouter split`);
      await api.call('DeleteRoute', route);
    }
    await api.call('DeleteVirtualNode', node);
    const service = { meshName, virtualServiceName: 'color.local' };
    for (const [gatewayRouteName, specOf] of Object.entries(gatewayRouteSpecs)) {
      const route = { meshName, virtualGatewayName: 'front', gatewayRouteName };
      await api.call('CreateGatewayRoute', { ...route, spec: specOf('color.local') });
      await inUse('DeleteVirtualService', service, `it is a target of GatewayRoute ${gatewayRouteName} of VirtualGateway front`);
      await api.call('DeleteGatewayRoute', route);
    }
    await api.call('DeleteVirtualService', service);
  });

  test('a backend does not keep its service', async () => {
    const meshName = 'kept';
    await api.seed(['meshes'], { meshName });
    await api.seed(['meshes', meshName, 'virtualServices'], { virtualServiceName: 's.local', spec: {} });
    await api.seed(['meshes', meshName, 'virtualNodes'], { virtualNodeName: 'client', spec: backendOf('s.local') });
    await api.call('DeleteVirtualService', { meshName, virtualServiceName: 's.local' });
  });
});
