import { ACCOUNT } from './system.ts';

/** One resource of a kind, and how the API spells the kind. */
export interface KindSample {
  /** As operation names have it, one and many: `CreateMesh`, `ListMeshes`. */
  readonly title: string;
  readonly titles: string;
  /** Member of answers that holds one, and of listings that holds many. */
  readonly member: string;
  readonly members: string;
  /** What its operations take beside its own name. */
  readonly below: object;
  /** `below` and its own name: what names this resource. */
  readonly named: object;
  readonly spec: object;
  /** What an update makes of it. */
  readonly changed: object;
  readonly arn: string;
}

/** A virtual node's spec with one listener. */
export function nodeSpec(hostname: string, port = 8080, protocol = 'http'): object {
  return { listeners: [{ portMapping: { port, protocol } }], serviceDiscovery: { dns: { hostname } } };
}

/** Spec of a virtual router or a virtual gateway with these listeners. */
export function listenersSpec(...ports: readonly (readonly [port: number, protocol: string])[]): object {
  return { listeners: ports.map(([port, protocol]) => ({ portMapping: { port, protocol } })) };
}

/** An HTTP route of everything to one node. */
export function routeSpec(virtualNode: string, weight = 1): object {
  return { httpRoute: { match: { prefix: '/' }, action: { weightedTargets: [{ virtualNode, weight }] } } };
}

/** An HTTP gateway route of a prefix to one service. */
export function gatewayRouteSpec(virtualServiceName: string, prefix = '/'): object {
  return { httpRoute: { match: { prefix }, action: { target: { virtualService: { virtualServiceName } } } } };
}

/** One resource of each of the seven kinds in a mesh, in an order in which they can be created. */
export function kindSamples(meshName: string): readonly KindSample[] {
  const inMesh = { meshName };
  return [
    sample('Mesh', 'Meshes', {}, meshName, '', {}, { egressFilter: { type: 'ALLOW_ALL' } }),
    sample('VirtualNode', 'VirtualNodes', inMesh, 'blue', '/virtualNode/blue', nodeSpec('blue.local'), nodeSpec('blue2.local')),
    sample(
      'VirtualRouter',
      'VirtualRouters',
      inMesh,
      'split',
      '/virtualRouter/split',
      listenersSpec([8080, 'http']),
      listenersSpec([80, 'http']),
    ),
    sample(
      'Route',
      'Routes',
      { ...inMesh, virtualRouterName: 'split' },
      'all',
      '/virtualRouter/split/route/all',
      routeSpec('blue'),
      routeSpec('blue', 50),
    ),
    sample(
      'VirtualService',
      'VirtualServices',
      inMesh,
      'color.local',
      '/virtualService/color.local',
      { provider: { virtualRouter: { virtualRouterName: 'split' } } },
      {},
    ),
    sample(
      'VirtualGateway',
      'VirtualGateways',
      inMesh,
      'front',
      '/virtualGateway/front',
      listenersSpec([80, 'http']),
      listenersSpec([81, 'http']),
    ),
    sample(
      'GatewayRoute',
      'GatewayRoutes',
      { ...inMesh, virtualGatewayName: 'front' },
      'color',
      '/virtualGateway/front/gatewayRoute/color',
      gatewayRouteSpec('color.local'),
      gatewayRouteSpec('color.local', '/color'),
    ),
  ];

  function sample(title: string, titles: string, below: object, name: string, path: string, spec: object, changed: object): KindSample {
    const [member, members] = [lowerFirst(title), lowerFirst(titles)];
    const arn = `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/${meshName}${path}`;
    return { title, titles, member, members, below, named: { ...below, [`${member}Name`]: name }, spec, changed, arn };
  }
}

function lowerFirst(word: string): string {
  return word.charAt(0).toLowerCase() + word.slice(1);
}
