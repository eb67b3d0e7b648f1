import { beforeAll, describe, expect, test } from 'vitest';
import { boto3 } from '../clients/boto3.ts';
import { connected } from '../connected.ts';
import { gatewayRouteSpec, listenersSpec, nodeSpec } from '../kinds.ts';
import { behaviours } from './behaviours.ts';

const api = connected(boto3);
const meshName = 'rules';
const router = { meshName, virtualRouterName: 'two' };
const gateway = { meshName, virtualGatewayName: 'two' };
const ports = [
  [80, 'http'],
  [81, 'http'],
] as const;

beforeAll(async () => {
  await api.seed(['meshes'], { meshName });
  const node = (virtualNodeName: string, spec: object) => api.seed(['meshes', meshName, 'virtualNodes'], { virtualNodeName, spec });
  await node('one', nodeSpec('one.local'));
  await node('two', { ...listenersSpec([8080, 'http'], [8081, 'http']), serviceDiscovery: { dns: { hostname: 'two.local' } } });
  for (const [name, listeners] of [
    ['one', ports.slice(0, 1)],
    ['two', ports],
    ['grpc', [[50_051, 'grpc']]],
    ['tcp', [[5432, 'tcp']]],
    ['http2', [[80, 'http2']]],
  ] as const) {
    await api.seed(['meshes', meshName, 'virtualRouters'], { virtualRouterName: name, spec: listenersSpec(...listeners) });
    if (name !== 'tcp')
      await api.seed(['meshes', meshName, 'virtualGateways'], { virtualGatewayName: name, spec: listenersSpec(...listeners) });
  }
  const provider = { virtualRouter: { virtualRouterName: 'two' } };
  await api.seed(['meshes', meshName, 'virtualServices'], { virtualServiceName: 'two.local', spec: { provider } });
  await api.seed(['meshes', meshName, 'virtualServices'], { virtualServiceName: 's.local', spec: {} });
});

let named = 0;
/** A route to one node, created under a fresh name. */
const routeOf = (virtualRouterName: string, kind: string, match: object, target: object = { virtualNode: 'one' }) => ({
  meshName,
  virtualRouterName,
  routeName: `r${named++}`,
  spec: { [kind]: { match, action: { weightedTargets: [{ weight: 1, ...target }] } } },
});
/** A gateway route to one service, created under a fresh name. */
const gatewayRouteOf = (virtualGatewayName: string, kind: string, match: object, action: object = {}) => ({
  meshName,
  virtualGatewayName,
  gatewayRouteName: `r${named++}`,
  spec: { [kind]: { match, action: { target: { virtualService: { virtualServiceName: 's.local' } }, ...action } } },
});
const toTwo = (port?: number) => ({ target: { virtualService: { virtualServiceName: 'two.local' }, ...(port !== undefined && { port }) } });
const refused = (title: string, input: object, ...words: string[]) => api.refuses(`Create${title}`, input, 'BadRequestException', ...words);
const accepted = (title: string, input: object) => api.call(`Create${title}`, input);

describe(behaviours[15], () => {
  test('routes of a router', async () => {
    const words = ['Route must define a port match criteria if the Virtual Router has multiple listeners', '80, 81'];
    await refused('Route', routeOf('two', 'httpRoute', { prefix: '/' }), ...words);
    await refused('Route', routeOf('two', 'httpRoute', { prefix: '/', port: 82 }), 'match.port', '82', 'use one of 80, 81');
    await accepted('Route', routeOf('two', 'httpRoute', { prefix: '/', port: 81 }));
    await accepted('Route', routeOf('one', 'httpRoute', { prefix: '/' }));
    const second = { meshName, virtualRouterName: 'one', spec: listenersSpec(...ports) };
    await api.refuses('UpdateVirtualRouter', second, 'BadRequestException', 'All Routes for this Virtual Router must define a port match');
  });

  test('targets with several listeners', async () => {
    const to = (target: object) => routeOf('one', 'httpRoute', { prefix: '/' }, { virtualNode: 'two', ...target });
    await refused('Route', to({}), 'weightedTargets[0].port is missing', 'VirtualNode two has multiple listeners', '8080, 8081');
    await refused('Route', to({ port: 80 }), 'weightedTargets[0].port', 'use one of 8080, 8081');
    await accepted('Route', to({ port: 8081 }));
  });

  test('gateway routes', async () => {
    const words = ['GatewayRoute must define a port match criteria if the Virtual Gateway has multiple listeners', '80, 81'];
    await refused('GatewayRoute', gatewayRouteOf('two', 'httpRoute', { prefix: '/' }), ...words);
    await refused('GatewayRoute', gatewayRouteOf('two', 'httpRoute', { prefix: '/', port: 82 }), 'match.port', 'use one of 80, 81');
    await accepted('GatewayRoute', gatewayRouteOf('two', 'httpRoute', { prefix: '/', port: 80 }));
    await accepted('GatewayRoute', gatewayRouteOf('one', 'httpRoute', { prefix: '/' }));
    const second = { meshName, virtualGatewayName: 'one', spec: listenersSpec(...ports) };
    await api.refuses('UpdateVirtualGateway', second, 'BadRequestException', 'All GatewayRoutes for this Virtual Gateway must define');
    const target = (port?: number) => gatewayRouteOf('one', 'httpRoute', { prefix: '/t' }, toTwo(port));
    await refused('GatewayRoute', target(), 'action.target.port is missing', '80, 81');
    await refused('GatewayRoute', target(8080), 'action.target.port', 'use one of 80, 81');
    await accepted('GatewayRoute', target(81));
  });
});

describe(behaviours[16], () => {
  const matches = { httpRoute: { prefix: '/' }, http2Route: { prefix: '/' }, grpcRoute: {}, tcpRoute: {} };
  const routers = { one: 'httpRoute', http2: 'http2Route', grpc: 'grpcRoute', tcp: 'tcpRoute' };

  test.each(Object.entries(routers))('routes of router %s are each a %s', async (virtualRouterName, right) => {
    for (const [kind, match] of Object.entries(matches)) {
      const route = routeOf(virtualRouterName, kind, match);
      if (kind === right) await accepted('Route', route);
      else await refused('Route', route, `spec.${kind} is for protocol`, 'send the route kind of that protocol');
    }
  });

  test.each(Object.entries(routers).slice(0, 3))('gateway routes of gateway %s are each a %s', async (virtualGatewayName, right) => {
    for (const [kind, match] of Object.entries(matches).slice(0, 3)) {
      const route = gatewayRouteOf(virtualGatewayName, kind, match);
      if (kind === right) await accepted('GatewayRoute', route);
      else await refused('GatewayRoute', route, `spec.${kind} is for protocol`, 'send the route kind of that protocol');
    }
  });

  test('connection pools', async () => {
    const pool = { grpc: { maxRequests: 1 } };
    const listeners = [{ portMapping: { port: 80, protocol: 'http' }, connectionPool: pool }];
    const words = ['spec.listeners[0].connectionPool', "be of the listener's protocol, which is http", 'move it to connectionPool.http'];
    const serviceDiscovery = { dns: { hostname: 'h.local' } };
    await refused('VirtualNode', { meshName, virtualNodeName: 'pool', spec: { listeners, serviceDiscovery } }, ...words);
    await refused('VirtualGateway', { meshName, virtualGatewayName: 'pool', spec: { listeners } }, ...words);
  });

  test('service discovery', async () => {
    const node = { meshName, virtualNodeName: 'hidden', spec: listenersSpec([80, 'http']) };
    await refused('VirtualNode', node, 'spec.serviceDiscovery is missing but must be given');
  });
});

describe(behaviours[17], () => {
  const httpMatch = (match: object) => routeOf('one', 'httpRoute', match);
  const gatewayMatch = (match: object, action: object = {}) => gatewayRouteOf('one', 'httpRoute', match, action);

  test('routes', async () => {
    await refused('Route', httpMatch({ method: 'GET' }), 'spec.httpRoute.match', 'have prefix or path');
    // Both together are sent by recorded clients; the path decides.
    await accepted('Route', httpMatch({ prefix: '/', path: { exact: '/a' } }));
    await accepted('Route', httpMatch({ path: { regex: '/a.*' } }));
    await refused('Route', httpMatch({ path: {} }), 'match.path', 'exactly one of exact, regex');
    await refused('Route', httpMatch({ path: { exact: '/a', regex: '/a' } }), 'match.path', 'exactly one of exact, regex');
    await refused(
      'Route',
      httpMatch({ prefix: '/', queryParameters: [{ name: 'q', match: {} }] }),
      'queryParameters[0].match.exact is missing',
    );
    await accepted('Route', httpMatch({ prefix: '/', queryParameters: [{ name: 'q' }, { name: 'p', match: { exact: '' } }] }));
    await refused('Route', routeOf('grpc', 'grpcRoute', { methodName: 'Get' }), 'match.serviceName is missing');
    await accepted('Route', routeOf('grpc', 'grpcRoute', { methodName: 'Get', serviceName: 'pets.Pets' }));
  });

  test('gateway routes', async () => {
    await refused('GatewayRoute', gatewayMatch({ method: 'GET' }), 'spec.httpRoute.match', 'have prefix, path or hostname');
    await refused('GatewayRoute', gatewayMatch({ prefix: '/', path: { exact: '/a' } }), 'not have both prefix and path');
    await refused('GatewayRoute', gatewayMatch({ path: { exact: '/a', regex: '/a' } }), 'exactly one of exact, regex');
    await refused('GatewayRoute', gatewayMatch({ hostname: { exact: 'a.example', suffix: '.example' } }), 'exactly one of exact, suffix');
    await refused('GatewayRoute', gatewayMatch({ hostname: {} }), 'exactly one of exact, suffix');
    for (const match of [
      { path: { exact: '/a' } },
      { hostname: { exact: 'a.example' } },
      { hostname: { suffix: '.example' }, prefix: '/' },
    ])
      await accepted('GatewayRoute', gatewayMatch(match));
  });

  test('rewrites', async () => {
    const rewriting = (rewrite: object) => gatewayMatch({ prefix: '/a/' }, { rewrite });
    const both = { path: { exact: '/b' }, prefix: { defaultPrefix: 'DISABLED' } };
    await refused('GatewayRoute', rewriting(both), 'action.rewrite', 'not have both path and prefix');
    await refused(
      'GatewayRoute',
      rewriting({ prefix: { defaultPrefix: 'DISABLED', value: '/b/' } }),
      'not have both defaultPrefix and value',
    );
    for (const value of ['b/', '/b'])
      await refused('GatewayRoute', rewriting({ prefix: { value } }), 'rewrite.prefix.value', 'begin and end with /');
    await accepted('GatewayRoute', rewriting({ prefix: { value: '/b/' }, hostname: { defaultTargetHostname: 'DISABLED' } }));
  });
});

test(behaviours[18], async () => {
  for (const prefix of ['/aws-appmesh', '/aws-appmesh/v1', '/aws-app-mesh', '/aws-app-mesh-x'])
    await refused('GatewayRoute', gatewayRouteOf('one', 'httpRoute', { prefix }), 'match.prefix', prefix, 'App Mesh reserves these');
  for (const serviceName of ['aws.app-mesh', 'aws.app-mesh.Status', 'aws.appmesh'])
    await refused(
      'GatewayRoute',
      gatewayRouteOf('grpc', 'grpcRoute', { serviceName }),
      'match.serviceName',
      serviceName,
      'App Mesh reserves these',
    );
  await accepted('GatewayRoute', gatewayRouteOf('one', 'httpRoute', { prefix: '/aws' }));
});

test('a refused write leaves what was there', async () => {
  const before = await api.call('DescribeVirtualGateway', gateway);
  await api.refuses('UpdateVirtualGateway', { ...gateway, spec: listenersSpec([0xffff + 1, 'http']) }, 'BadRequestException');
  expect(await api.call('DescribeVirtualGateway', gateway)).toEqual(before);
  const route = { ...gateway, gatewayRouteName: 'never', spec: gatewayRouteSpec('s.local') };
  await refused('GatewayRoute', route);
  await api.refuses('DescribeGatewayRoute', { ...gateway, gatewayRouteName: 'never' }, 'NotFoundException');
  expect(await api.resource('DescribeVirtualRouter', router)).toMatchObject({ metadata: { version: 1 } });
});
