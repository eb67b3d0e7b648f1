import { MeshError, parseSpec } from '@meshwright/model';
import * as fc from 'fast-check';
import type { WrittenResource } from './meshState.ts';
import { backendDefaults, clientPolicy, logging, onGatewayListener, onNodeListener } from './randomProxy.ts';

// Few names, ports and paths, so that resources meet: services share ports, routes share paths, references hit and miss.
const optional = { requiredKeys: [] };
const name = fc.constantFrom('a', 'b', 'c_http_80', 'd.e');
const port = fc.constantFrom(80, 443, 8080);
const serviceName = fc.constantFrom('a', 'A', 'a:80', 'b.local', '*.local', '*', '50%', 'mesh_allow_all');
const protocol = fc.oneof({ weight: 2, arbitrary: fc.constant('http') }, { weight: 2, arbitrary: fc.constantFrom('http2', 'tcp', 'grpc') });
const duration = fc.record({ unit: fc.constantFrom('s', 'ms'), value: fc.oneof(fc.nat(), fc.maxSafeNat()) });
const mappings = fc.record({ port, protocol }).map((portMapping) => ({ portMapping }));
const onPort = ({ portMapping }: { readonly portMapping: { readonly port: number } }): number => portMapping.port;
const listeners = fc.uniqueArray(mappings, { maxLength: 3, selector: onPort });
const limits = fc.record({ perRequest: duration, idle: duration }, optional);
const timeout = fc.oneof(
  fc.constantFrom('http', 'http2', 'grpc').chain((member) => limits.map((of) => ({ [member]: of }))),
  duration.map((idle) => ({ tcp: { idle } })),
);
const nodeListeners = fc.uniqueArray(
  mappings.chain((mapping) =>
    fc
      .tuple(fc.record({ timeout }, optional), fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, onNodeListener(mapping)))
      .map(([limit, others]) => ({ ...mapping, ...limit, ...others })),
  ),
  { maxLength: 3, selector: onPort },
);
const text = fc.constantFrom('x', '/', 'é', '%', 'n');

const ipPreference = fc.constantFrom('IPv4_PREFERRED', 'IPv6_PREFERRED', 'IPv4_ONLY', 'IPv6_ONLY');
const mesh = fc
  .record(
    { egressFilter: fc.constantFrom('ALLOW_ALL', 'DROP_ALL').map((type) => ({ type })), serviceDiscovery: fc.record({ ipPreference }) },
    optional,
  )
  .map((spec) => ({ kind: 'mesh' as const, name: 'apps', spec }));

const dns = fc.record(
  {
    // Two lead a gateway to itself where it listens on the node's port, one leads nowhere.
    hostname: fc.constantFrom('a.local', 'b.local.', '10.0.0.1', '::1', 'localhost', 'a..b'),
    responseType: fc.constantFrom('LOADBALANCER', 'ENDPOINTS'),
    ipPreference,
  },
  { requiredKeys: ['hostname'] },
);
const attributes = fc.array(fc.record({ key: fc.constantFrom('k', 'l'), value: fc.constantFrom('v', 'w x') }), { maxLength: 2 });
const cloudMapName = fc.constantFrom('n', 'm.local');
const awsCloudMap = fc.record(
  { attributes, ipPreference, namespaceName: cloudMapName, serviceName: cloudMapName },
  { requiredKeys: ['namespaceName', 'serviceName'] },
);
const serviceDiscovery = fc.oneof(
  { weight: 5, arbitrary: dns.map((of) => ({ dns: of })) },
  { weight: 1, arbitrary: awsCloudMap.map((of) => ({ awsCloudMap: of })) },
);
const proxyMembers = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, fc.record({ backendDefaults, logging }, optional));
const backend = fc
  .tuple(serviceName, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.record({ clientPolicy })))
  .map(([virtualServiceName, policy]) => ({ virtualService: { virtualServiceName, ...policy } }));

const virtualNode = fc.record({
  kind: fc.constant('virtualNode' as const),
  name,
  spec: fc
    .tuple(fc.record({ listeners: nodeListeners, serviceDiscovery, backends: fc.array(backend) }), proxyMembers)
    .map(([spec, others]) => ({ ...spec, ...others })),
});

const virtualRouter = fc.record({ kind: fc.constant('virtualRouter' as const), name, spec: fc.record({ listeners }) });

const virtualService = fc.record({
  kind: fc.constant('virtualService' as const),
  name: serviceName,
  spec: fc.oneof(
    fc.constant({}),
    name.map((virtualNodeName) => ({ provider: { virtualNode: { virtualNodeName } } })),
    name.map((virtualRouterName) => ({ provider: { virtualRouter: { virtualRouterName } } })),
  ),
});

// Pieces in which Envoy's RE2 and the model's differ; an expression the model takes is one that Envoy must take.
const pieces = [
  ...['a', 'é', '日', '😀', '.', '[', '[^', ']', '-', '(', '(?:', '(?i)', ')', '|', '*', '+', '{2}'],
  ...['\\p{Greek}', '\\P{^Lu}', '\\pL', '\\p{LC}', '\\p{Garay}', '\\p{Emoji}', '\\x{FF}', '\\x{100}', '\\377', '\\400'],
  ...['\\', '\\\\', '\\Q', '\\E', '\\d', '\\b', '[:alpha:]'],
];
const expression = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''))
  .filter(isTaken);

function isTaken(regex: string): boolean {
  try {
    parseSpec('route', { httpRoute: { match: { path: { regex } }, action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } } });
    return true;
  } catch (error) {
    if (error instanceof MeshError) return false;
    throw error;
  }
}

const headerMatch = fc.oneof(
  ...['exact', 'prefix', 'suffix'].map((method) => text.map((value) => ({ [method]: value }))),
  fc.nat().map((start) => ({ range: { start, end: start + 1 } })),
  expression.map((regex) => ({ regex })),
);
const conditions = fc.record(
  {
    port,
    method: fc.constantFrom('GET', 'POST'),
    scheme: fc.constantFrom('http', 'https'),
    headers: fc.array(
      fc.record({ name: fc.constantFrom('x-a', 'x-b'), match: headerMatch, invert: fc.boolean() }, { requiredKeys: ['name'] }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    queryParameters: fc.array(fc.record({ name: text, match: text.map((exact) => ({ exact })) }, { requiredKeys: ['name'] }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  optional,
);
const path = fc.oneof(
  fc.constantFrom('/', '/a', '/a/b').map((prefix) => ({ prefix })),
  fc.constantFrom('/a', '/a/b', 'a').map((exact) => ({ path: { exact } })),
  fc.oneof(fc.constant('.*'), expression).map((regex) => ({ prefix: '/', path: { regex } })),
);
const retryPolicy = fc.record(
  {
    maxRetries: fc.maxSafeNat(),
    perRetryTimeout: duration,
    httpRetryEvents: fc.array(fc.constantFrom('server-error', 'gateway-error', 'client-error', 'stream-error', 'other'), {
      minLength: 1,
      maxLength: 4,
    }),
    tcpRetryEvents: fc.constant(['connection-error']),
  },
  { requiredKeys: ['maxRetries', 'perRetryTimeout'] },
);
const weightedTargets = fc.array(
  fc.record({ virtualNode: name, port, weight: fc.nat({ max: 2 }) }, { requiredKeys: ['virtualNode', 'weight'] }),
  {
    minLength: 1,
    maxLength: 3,
  },
);
const httpRoute = fc.record(
  {
    match: fc.tuple(path, conditions).map(([a, b]) => ({ ...a, ...b })),
    action: fc.record({ weightedTargets }),
    timeout: limits,
    retryPolicy,
  },
  { requiredKeys: ['match', 'action'] },
);
const grpcMatch = fc.oneof(
  fc.constant({}),
  fc.record({ serviceName: fc.constantFrom('s', 't.U'), methodName: fc.constantFrom('M', 'N') }, { requiredKeys: ['serviceName'] }),
);
const grpcConditions = fc.record(
  {
    port,
    metadata: fc.array(
      fc.record({ name: fc.constantFrom('x-a', 'x-b'), match: headerMatch, invert: fc.boolean() }, { requiredKeys: ['name'] }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  optional,
);
const grpcRoute = fc.record(
  {
    match: fc.tuple(grpcMatch, grpcConditions).map(([a, b]) => ({ ...a, ...b })),
    action: fc.record({ weightedTargets }),
    timeout: limits,
    retryPolicy: fc
      .tuple(
        retryPolicy,
        fc.subarray(['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'], { minLength: 1 }),
      )
      .map(([policy, grpcRetryEvents]) => ({ ...policy, grpcRetryEvents })),
  },
  { requiredKeys: ['match', 'action'] },
);
const tcpRoute = fc.record(
  { match: fc.record({ port }, optional), action: fc.record({ weightedTargets }), timeout: fc.record({ idle: duration }, optional) },
  { requiredKeys: ['action'] },
);
const oneRoute = fc.oneof(
  { weight: 3, arbitrary: httpRoute.map((http) => ({ httpRoute: http })) },
  { weight: 1, arbitrary: httpRoute.map((http) => ({ http2Route: http })) },
  { weight: 1, arbitrary: grpcRoute.map((grpc) => ({ grpcRoute: grpc })) },
  { weight: 1, arbitrary: tcpRoute.map((tcp) => ({ tcpRoute: tcp })) },
);
const route = fc.record({
  kind: fc.constant('route' as const),
  name: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
  parent: name,
  spec: fc.tuple(oneRoute, fc.record({ priority: fc.nat({ max: 1000 }) }, optional)).map(([one, priority]) => ({ ...one, ...priority })),
});

const gatewayProtocol = fc.constantFrom('http', 'http2', 'grpc');
const gatewayMapping = fc
  .record({ port: fc.constantFrom(80, 8080, 15001), protocol: gatewayProtocol })
  .map((portMapping) => ({ portMapping }));
const gatewayListeners = fc.uniqueArray(
  gatewayMapping.chain((mapping) =>
    fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, onGatewayListener(mapping)).map((others) => ({ ...mapping, ...others })),
  ),
  { maxLength: 3, selector: onPort },
);
const virtualGateway = fc.record({
  kind: fc.constant('virtualGateway' as const),
  name: fc.constantFrom('g', 'a'),
  spec: fc.tuple(gatewayListeners, proxyMembers).map(([all, others]) => ({ listeners: all, ...others })),
});
const hostname = fc.oneof(
  fc.constantFrom('a', 'A', 'a:80', 'b.local', 'self_redirect', '::1').map((exact) => ({ exact })),
  fc.constantFrom('.local', 'b.local', 'local', '.local:80').map((suffix) => ({ suffix })),
);
const target = fc.record(
  { port, virtualService: serviceName.map((virtualServiceName) => ({ virtualServiceName })) },
  { requiredKeys: ['virtualService'] },
);
const isKept = fc.constantFrom('ENABLED', 'DISABLED').map((defaultTargetHostname) => ({ defaultTargetHostname }));
const pathRewrite = fc.oneof(
  fc.constant({}),
  fc.constantFrom('ENABLED', 'DISABLED').map((defaultPrefix) => ({ prefix: { defaultPrefix } })),
  fc.constant({ prefix: { value: '/r/' } }),
  fc.constantFrom('/x', '/\\\\1').map((exact) => ({ path: { exact } })),
);
const rewrite = fc.tuple(fc.record({ hostname: isKept }, optional), pathRewrite).map(([a, b]) => ({ ...a, ...b }));
const gatewayPath = fc.oneof(
  fc.constantFrom('/', '/a', '/a/').map((prefix) => ({ prefix })),
  fc.constant({ path: { exact: '/a' } }),
  expression.map((regex) => ({ path: { regex } })),
);
const gatewayConditions = conditions.map(({ scheme: _, ...rest }) => rest);
const httpGatewayRoute = fc.record({
  match: fc.tuple(gatewayPath, gatewayConditions, fc.record({ hostname }, optional)).map(([a, b, c]) => ({ ...a, ...b, ...c })),
  action: fc.record({ target, rewrite }, { requiredKeys: ['target'] }),
});
const grpcGatewayRoute = fc.record({
  match: fc
    .tuple(fc.record({ hostname, serviceName: fc.constantFrom('s', 't.U') }, optional), grpcConditions)
    .map(([a, b]) => ({ ...a, ...b })),
  action: fc.record({ target, rewrite: fc.record({ hostname: isKept }) }, { requiredKeys: ['target'] }),
});
const gatewayRoute = fc.record({
  kind: fc.constant('gatewayRoute' as const),
  name: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
  parent: fc.constantFrom('g', 'a'),
  spec: fc.oneof(
    { weight: 2, arbitrary: httpGatewayRoute.map((http) => ({ httpRoute: http })) },
    { weight: 1, arbitrary: httpGatewayRoute.map((http) => ({ http2Route: http })) },
    { weight: 1, arbitrary: grpcGatewayRoute.map((grpc) => ({ grpcRoute: grpc })) },
  ),
});

/** A resource that keeps the model, with references that may lead nowhere; the mesh itself among them. */
export const randomResource: fc.Arbitrary<WrittenResource> = fc.oneof(
  { weight: 1, arbitrary: mesh },
  { weight: 6, arbitrary: virtualNode },
  { weight: 4, arbitrary: virtualRouter },
  { weight: 5, arbitrary: virtualService },
  { weight: 6, arbitrary: route },
  { weight: 2, arbitrary: virtualGateway },
  { weight: 4, arbitrary: gatewayRoute },
) as fc.Arbitrary<WrittenResource>;

/** Meshes that keep the model, with references that may lead nowhere. */
export function randomMesh(maxResources = 20): fc.Arbitrary<readonly WrittenResource[]> {
  const others = randomResource.filter(({ kind }) => kind !== 'mesh');
  return fc.tuple(mesh, fc.uniqueArray(others, { maxLength: maxResources, selector: identity })).map(([first, rest]) => [first, ...rest]);
}

function identity(resource: WrittenResource): string {
  return JSON.stringify([resource.kind, resource.name, resource.parent]);
}
