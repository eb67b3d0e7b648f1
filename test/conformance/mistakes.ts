import { gatewayRouteSpec, listenersSpec, nodeSpec, routeSpec } from './kinds.ts';
import { ACCOUNT, OTHER_ACCOUNT } from './system.ts';

/** A call that people make and that cannot be carried out. */
export interface Mistake {
  readonly title: string;
  readonly operation: string;
  readonly input: object;
}

const apps = { meshName: 'apps' };
const arn = `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/apps`;
const listener = { portMapping: { port: 80, protocol: 'http' } };
const healthCheck = { protocol: 'http', healthyThreshold: 2, unhealthyThreshold: 2, timeoutMillis: 2000, intervalMillis: 5000 };

const mistake = (title: string, operation: string, input: object): Mistake => ({ title, operation, input });
const node = (title: string, spec: object) => mistake(title, 'CreateVirtualNode', { ...apps, virtualNodeName: 'new', spec });
const listening = (title: string, more: object) =>
  node(title, { listeners: [{ ...listener, ...more }], serviceDiscovery: { dns: { hostname: 'new.local' } } });
const service = (title: string, virtualServiceName: string, spec: object = {}) =>
  mistake(title, 'CreateVirtualService', { ...apps, virtualServiceName, spec });
const route = (title: string, spec: object, virtualRouterName = 'split') =>
  mistake(title, 'CreateRoute', { ...apps, virtualRouterName, routeName: 'new', spec });
const matching = (title: string, match: object) =>
  route(title, { httpRoute: { match, action: { weightedTargets: [{ virtualNode: 'blue', weight: 1 }] } } });
const targeting = (title: string, ...weightedTargets: readonly object[]) =>
  route(title, { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } });
const gatewayRoute = (title: string, match: object, action: object = {}) => {
  const target = { virtualService: { virtualServiceName: 'color.local' } };
  const spec = { httpRoute: { match, action: { target, ...action } } };
  return mistake(title, 'CreateGatewayRoute', { ...apps, virtualGatewayName: 'front', gatewayRouteName: 'new', spec });
};
const ofRoute = { ...apps, virtualRouterName: 'split' };
const tags = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: '' }));
const regex = (expression: string) => ({ prefix: '/', headers: [{ name: 'h', match: { regex: expression } }] });
const logging = (text: string) => ({ logging: { accessLog: { file: { path: '/dev/stdout', format: { text } } } } });

const namesAndPlaces: readonly Mistake[] = [
  mistake('A mesh that exists', 'CreateMesh', apps),
  mistake('A clientToken used for something else', 'CreateMesh', {
    ...apps,
    spec: { egressFilter: { type: 'ALLOW_ALL' } },
    clientToken: 'used',
  }),
  mistake('A name with a backslash', 'CreateMesh', { meshName: 'a\\b' }),
  mistake('A name that is too long', 'CreateMesh', { meshName: 'm'.repeat(256) }),
  mistake('A mesh that is not there', 'DescribeMesh', { meshName: 'app' }),
  mistake('A node of a mesh that is not there', 'DescribeVirtualNode', { meshName: 'app', virtualNodeName: 'blue' }),
  mistake('A node that is not there', 'UpdateVirtualNode', { ...apps, virtualNodeName: 'bleu', spec: {} }),
  mistake('A route of a router that is not there', 'CreateRoute', {
    ...apps,
    virtualRouterName: 'spilt',
    routeName: 'r',
    spec: routeSpec('blue'),
  }),
  mistake("Another account's mesh", 'DescribeMesh', { ...apps, meshOwner: OTHER_ACCOUNT }),
  mistake('A page that is too large', 'ListVirtualNodes', { ...apps, limit: 101 }),
  mistake('A nextToken from nowhere', 'ListVirtualNodes', { ...apps, nextToken: 'AAAA' }),
  mistake('A misspelled setting of a mesh', 'UpdateMesh', { ...apps, spec: { egressFilter: { type: 'ALLOWALL' } } }),
];

const nodes: readonly Mistake[] = [
  node('A port out of range', nodeSpec('new.local', 70_000)),
  node('A protocol in capitals', nodeSpec('new.local', 80, 'HTTP')),
  node('A listener without service discovery', listenersSpec([80, 'http'])),
  node('Two listeners on one port', { ...listenersSpec([80, 'http'], [80, 'grpc']), serviceDiscovery: { dns: { hostname: 'new.local' } } }),
  mistake('More listeners than the quota', 'CreateVirtualRouter', {
    ...apps,
    virtualRouterName: 'new',
    spec: listenersSpec(...Array.from({ length: 51 }, (_, index) => [index + 1, 'http'] as const)),
  }),
  listening('A connection pool of another protocol', { connectionPool: { grpc: { maxRequests: 5 } } }),
  listening('A health check that is too slow and one that gives up too late', {
    healthCheck: { ...healthCheck, intervalMillis: 300_001, unhealthyThreshold: 11 },
  }),
  node('Many mistakes at once', {
    listeners: Array.from({ length: 7 }, (_, index) => ({ portMapping: { port: 65_536 + index, protocol: 'http' } })),
  }),
  node('A log format with an operator Envoy does not know', logging('%REQ(:METHOD)% %STATUS%\n')),
  node('A log format with half an operator', logging('100 % of %PROTOCOL\n')),
  node('A Cloud Map attribute with an umlaut', {
    serviceDiscovery: { awsCloudMap: { namespaceName: 'n', serviceName: 's', attributes: [{ key: 'größe', value: 'x' }] } },
  }),
  mistake('A node that a route needs', 'DeleteVirtualNode', { ...apps, virtualNodeName: 'blue' }),
  mistake('A node that a service needs', 'DeleteVirtualNode', { ...apps, virtualNodeName: 'provider' }),
  mistake('A mesh with something in it', 'DeleteMesh', apps),
];

const routes: readonly Mistake[] = [
  targeting('A weight past 100', { virtualNode: 'blue', weight: 101 }),
  targeting('A target that is not there', { virtualNode: 'bleu', weight: 1 }),
  targeting('Too many targets', ...Array.from({ length: 11 }, () => ({ virtualNode: 'blue', weight: 1 }))),
  targeting('A target of which one port must be chosen', { virtualNode: 'two', weight: 1 }),
  targeting('A target without that port', { virtualNode: 'blue', weight: 1, port: 80 }),
  matching('A match of nothing', {}),
  matching('A prefix without its slash', { prefix: 'color' }),
  matching('A method that HTTP does not have', { prefix: '/', method: 'FETCH' }),
  matching('A regular expression that looks ahead', regex('^(?!beta).*$')),
  matching('A regular expression without its end', regex('(beta|gamma')),
  matching('A range that is empty', { prefix: '/', headers: [{ name: 'version', match: { range: { start: 7, end: 7 } } }] }),
  matching('A header with a line break', { prefix: '/', headers: [{ name: 'h', match: { exact: 'a\nb' } }] }),
  route('Two routes in one', { ...routeSpec('blue'), priority: 1, ...tcpRoute() }),
  route('A route of another protocol than the router', tcpRoute()),
  route('A router of which one port must be chosen', routeSpec('blue'), 'two'),
  route('A priority past 1000', { ...routeSpec('blue'), priority: 1001 }),
  route('An event that no retry policy has', {
    httpRoute: {
      match: { prefix: '/' },
      action: { weightedTargets: [{ virtualNode: 'blue', weight: 1 }] },
      retryPolicy: { maxRetries: 1, perRetryTimeout: { unit: 'min', value: 1 }, tcpRetryEvents: ['connection-errors'] },
    },
  }),
  mistake('A second listener of a router whose routes say no port', 'UpdateVirtualRouter', {
    ...ofRoute,
    spec: listenersSpec([80, 'http'], [81, 'http']),
  }),
  mistake('A router with routes', 'DeleteVirtualRouter', ofRoute),
];

const servicesAndGateways: readonly Mistake[] = [
  service('A service whose provider is not there', 's.local', { provider: { virtualRouter: { virtualRouterName: 'spilt' } } }),
  service('A service that is no host', 'my service'),
  service('A service in capitals', 'Color.local'),
  mistake('A service that a gateway route needs', 'DeleteVirtualService', { ...apps, virtualServiceName: 'color.local' }),
  mistake('A gateway with gateway routes', 'DeleteVirtualGateway', { ...apps, virtualGatewayName: 'front' }),
  mistake('A gateway for TCP', 'CreateVirtualGateway', { ...apps, virtualGatewayName: 'tcp', spec: listenersSpec([5432, 'tcp']) }),
  mistake('A gateway route to a service that is not there', 'CreateGatewayRoute', {
    ...apps,
    virtualGatewayName: 'front',
    gatewayRouteName: 'new',
    spec: gatewayRouteSpec('colour.local'),
  }),
  gatewayRoute('A prefix that is reserved', { prefix: '/aws-appmesh/' }),
  gatewayRoute('A wildcard as a host', { hostname: { exact: '*.example.com' } }),
  gatewayRoute('A rewrite without its slash', { prefix: '/a/' }, { rewrite: { prefix: { value: '/b' } } }),
];

const tagged: readonly Mistake[] = [
  mistake('Too many tags', 'TagResource', { resourceArn: arn, tags: tags(51) }),
  mistake('A tag given twice', 'TagResource', { resourceArn: arn, tags: [...tags(1), ...tags(1)] }),
  mistake('A resource that is not there', 'ListTagsForResource', { resourceArn: `${arn}/virtualNode/bleu` }),
  mistake("Another service's ARN", 'ListTagsForResource', { resourceArn: 'arn:aws:s3:::bucket' }),
  mistake('Another region', 'ListTagsForResource', { resourceArn: arn.replace('us-east-1', 'eu-west-1') }),
  mistake('Another account', 'ListTagsForResource', { resourceArn: arn.replace(ACCOUNT, OTHER_ACCOUNT) }),
];

/** Typical mistakes, in a mesh that `messages.test.ts` makes. */
export const mistakes: readonly Mistake[] = [...namesAndPlaces, ...nodes, ...routes, ...servicesAndGateways, ...tagged];

function tcpRoute(): object {
  return { tcpRoute: { action: { weightedTargets: [{ virtualNode: 'blue', weight: 1 }] } } };
}
