import { expect, test } from 'vitest';
import { boto3 } from '../clients/boto3.ts';
import { connected } from '../connected.ts';
import { gatewayRouteSpec, listenersSpec, nodeSpec, routeSpec } from '../kinds.ts';
import { behaviours } from './behaviours.ts';

const api = connected(boto3);

const healthCheck = {
  protocol: 'http',
  path: '/ping',
  healthyThreshold: 2,
  unhealthyThreshold: 3,
  timeoutMillis: 2000,
  intervalMillis: 5000,
};
const toBlue = (match: object, kind = 'httpRoute') => ({
  [kind]: { match, action: { weightedTargets: [{ virtualNode: 'blue', weight: 1 }] } },
});

/** Creates a resource and describes it. */
async function readBack(title: string, named: object, spec: object): Promise<object> {
  await api.call(`Create${title}`, { ...named, spec });
  return (await api.resource(`Describe${title}`, named)).spec;
}

/** A mesh with a node, a router, a service and a gateway to refer to. */
async function meshWithAll(meshName: string, ...[port = 8080, protocol = 'http']: [port?: number, protocol?: string]): Promise<void> {
  await api.seed(['meshes'], { meshName });
  await api.seed(['meshes', meshName, 'virtualNodes'], { virtualNodeName: 'blue', spec: nodeSpec('blue.local', port, protocol) });
  await api.seed(['meshes', meshName, 'virtualRouters'], { virtualRouterName: 'split', spec: listenersSpec([port, protocol]) });
  await api.seed(['meshes', meshName, 'virtualServices'], { virtualServiceName: 'color.local', spec: {} });
  await api.seed(['meshes', meshName, 'virtualGateways'], { virtualGatewayName: 'front', spec: listenersSpec([80, 'http']) });
}

test(behaviours[1], async () => {
  const meshName = 'as-sent';
  expect((await api.resource('CreateMesh', { meshName })).spec).toEqual({});
  const below = { meshName };
  const node = {
    serviceDiscovery: { dns: { hostname: 'blue.local' } },
    listeners: [{ timeout: { http: { idle: { value: 0, unit: 'ms' } } }, portMapping: { protocol: 'http', port: 8080 } }],
    backends: ['z', 'a'].map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
  };
  expect(await readBack('VirtualNode', { ...below, virtualNodeName: 'blue' }, node)).toEqual(node);
  expect(await readBack('VirtualRouter', { ...below, virtualRouterName: 'r' }, listenersSpec([8080, 'http']))).toEqual(
    listenersSpec([8080, 'http']),
  );
  expect(await readBack('Route', { ...below, virtualRouterName: 'r', routeName: 'all' }, routeSpec('blue'))).toEqual(routeSpec('blue'));
  expect(await readBack('VirtualService', { ...below, virtualServiceName: 's' }, {})).toEqual({});
  expect(await readBack('VirtualGateway', { ...below, virtualGatewayName: 'g' }, listenersSpec([80, 'http']))).toEqual(
    listenersSpec([80, 'http']),
  );
  const gatewayRoute = { ...below, virtualGatewayName: 'g', gatewayRouteName: 'all' };
  expect(await readBack('GatewayRoute', gatewayRoute, gatewayRouteSpec('s'))).toEqual(gatewayRouteSpec('s'));
});

test(behaviours[2], async () => {
  const meshName = 'health';
  await api.seed(['meshes'], { meshName });
  const nodeOf = (check: object) => ({
    listeners: [{ portMapping: { port: 8080, protocol: 'http' }, healthCheck: check }],
    serviceDiscovery: { dns: { hostname: 'blue.local' } },
  });
  const gatewayOf = (check: object) => ({ listeners: [{ portMapping: { port: 9080, protocol: 'http' }, healthCheck: check }] });
  const node = { meshName, virtualNodeName: 'blue' };
  const gateway = { meshName, virtualGatewayName: 'front' };
  expect(await readBack('VirtualNode', node, nodeOf(healthCheck))).toEqual(nodeOf({ ...healthCheck, port: 8080 }));
  expect(await readBack('VirtualGateway', gateway, gatewayOf(healthCheck))).toEqual(gatewayOf({ ...healthCheck, port: 9080 }));
  // A port of one's own stays, and an update fills it in as a create does.
  const other = { ...healthCheck, port: 9901 };
  expect((await api.resource('UpdateVirtualNode', { ...node, spec: nodeOf(other) })).spec).toEqual(nodeOf(other));
  expect((await api.resource('UpdateVirtualGateway', { ...gateway, spec: gatewayOf(other) })).spec).toEqual(gatewayOf(other));
  const filled = await api.resource('UpdateVirtualNode', { ...node, spec: nodeOf(healthCheck) });
  expect(filled.spec).toEqual(nodeOf({ ...healthCheck, port: 8080 }));
});

test(behaviours[3], async () => {
  const meshName = 'ports';
  await meshWithAll(meshName);
  const route = { meshName, virtualRouterName: 'split', routeName: 'all' };
  expect(await readBack('Route', route, routeSpec('blue'))).toEqual(routeSpec('blue'));
  const gatewayRoute = { meshName, virtualGatewayName: 'front', gatewayRouteName: 'all' };
  expect(await readBack('GatewayRoute', gatewayRoute, gatewayRouteSpec('color.local'))).toEqual(gatewayRouteSpec('color.local'));
});

test(behaviours[4], async () => {
  const meshName = 'empty';
  await meshWithAll(meshName, 50_051, 'grpc');
  for (const [title, named, spec] of [
    ['VirtualNode', { virtualNodeName: 'n' }, { logging: {}, backendDefaults: { clientPolicy: {} }, backends: [] }],
    ['VirtualRouter', { virtualRouterName: 'r' }, { listeners: [] }],
    ['Route', { virtualRouterName: 'split', routeName: 'every call' }, toBlue({}, 'grpcRoute')],
    ['VirtualService', { virtualServiceName: 's' }, {}],
    ['VirtualGateway', { virtualGatewayName: 'g' }, { ...listenersSpec([80, 'http']), backendDefaults: { clientPolicy: {} }, logging: {} }],
  ] as const)
    expect(await readBack(title, { meshName, ...named }, spec)).toEqual(spec);
});

test(behaviours[19], async () => {
  const meshName = 'twice';
  await api.seed(['meshes'], { meshName });
  const backend = { virtualService: { virtualServiceName: 'color.local' } };
  const spec = { backends: [backend, backend] };
  expect(await readBack('VirtualNode', { meshName, virtualNodeName: 'n' }, spec)).toEqual(spec);
});

test(behaviours[27], async () => {
  const meshName = 'priorities';
  await meshWithAll(meshName);
  const below = { meshName, virtualRouterName: 'split' };
  const gateway = { meshName, virtualGatewayName: 'front' };
  for (const priority of [0, 1000]) {
    const spec = { ...routeSpec('blue'), priority };
    expect(await readBack('Route', { ...below, routeName: `p${priority}` }, spec)).toEqual(spec);
    const gatewayRoute = { ...gatewayRouteSpec('color.local', `/p${priority}`), priority };
    expect(await readBack('GatewayRoute', { ...gateway, gatewayRouteName: `p${priority}` }, gatewayRoute)).toEqual(gatewayRoute);
  }
  const refuses = (more: object, ...words: string[]) =>
    api.refuses('CreateRoute', { ...below, routeName: 'r', spec: { ...routeSpec('blue'), ...more } }, 'BadRequestException', ...words);
  await refuses({ priority: 1001 }, 'spec.priority', '1001', '0 to 1000');
  const ranged = (start: number, end: number) => toBlue({ prefix: '/', headers: [{ name: 'h', match: { range: { start, end } } }] });
  await refuses(ranged(7, 7), 'range.end', 'greater than start');
  expect(await readBack('Route', { ...below, routeName: 'range' }, ranged(7, 8))).toEqual(ranged(7, 8));
});

test(behaviours[28], async () => {
  const meshName = 'weights';
  await meshWithAll(meshName);
  for (let node = 0; node <= 10; node++) await api.seed(['meshes', meshName, 'virtualNodes'], { virtualNodeName: `n${node}`, spec: {} });
  const weighted = (...weights: readonly number[]) => ({
    httpRoute: {
      match: { prefix: '/' },
      action: { weightedTargets: weights.map((weight, node) => ({ virtualNode: `n${node}`, weight })) },
    },
  });
  const below = { meshName, virtualRouterName: 'split' };
  for (const weights of [[1, 1, 1], [100, 0], [0], [100, 100], Array(10).fill(7)])
    expect(await readBack('Route', { ...below, routeName: weights.join() }, weighted(...weights))).toEqual(weighted(...weights));
  const spec = weighted(...Array(11).fill(1));
  await api.refuses('CreateRoute', { ...below, routeName: 'eleven', spec }, 'BadRequestException', 'weightedTargets', '1 to 10 items');
  const heavy = { ...below, routeName: 'heavy', spec: weighted(101) };
  await api.refuses('CreateRoute', heavy, 'BadRequestException', 'weightedTargets[0].weight', '101', '0 to 100');
});
