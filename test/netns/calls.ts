/** A call of App Mesh's API: boto3's name of the operation, and its parameters. */
export type Call = readonly [operation: string, parameters: object];

/** What a router or node serves on one port. */
export interface Listener {
  readonly port: number;
  readonly protocol: 'http' | 'http2' | 'grpc' | 'tcp';
  /** Of a virtual node. */
  readonly timeout?: object;
}

/** What a virtual node is, beside its name. */
export interface NodeParts {
  /** Name it is found by. */
  readonly hostname: string;
  readonly listeners: readonly Listener[];
  readonly backends?: readonly string[];
}

/** The calls that make one mesh. */
export function meshCalls(meshName: string) {
  return {
    mesh: (): Call => ['create_mesh', { meshName }],
    egressFilter: (type: 'ALLOW_ALL' | 'DROP_ALL'): Call => ['update_mesh', { meshName, spec: { egressFilter: { type } } }],
    node: (virtualNodeName: string, parts: NodeParts): Call => {
      return ['create_virtual_node', { meshName, virtualNodeName, spec: nodeSpec(parts) }];
    },
    updateNode: (virtualNodeName: string, parts: NodeParts): Call => {
      return ['update_virtual_node', { meshName, virtualNodeName, spec: nodeSpec(parts) }];
    },
    deleteNode: (virtualNodeName: string): Call => ['delete_virtual_node', { meshName, virtualNodeName }],
    router: (virtualRouterName: string, ...listeners: readonly Listener[]): Call => {
      return ['create_virtual_router', { meshName, virtualRouterName, spec: { listeners: listeners.map(withPortMapping) } }];
    },
    route: (virtualRouterName: string, routeName: string, spec: object): Call => {
      return ['create_route', { meshName, virtualRouterName, routeName, spec }];
    },
    updateRoute: (virtualRouterName: string, routeName: string, spec: object): Call => {
      return ['update_route', { meshName, virtualRouterName, routeName, spec }];
    },
    service: (virtualServiceName: string, provider: Provider): Call => {
      return ['create_virtual_service', { meshName, virtualServiceName, spec: { provider: providerSpec(provider) } }];
    },
    updateService: (virtualServiceName: string, provider: Provider): Call => {
      return ['update_virtual_service', { meshName, virtualServiceName, spec: { provider: providerSpec(provider) } }];
    },
    gateway: (virtualGatewayName: string, ...listeners: readonly Listener[]): Call => {
      return ['create_virtual_gateway', { meshName, virtualGatewayName, spec: { listeners: listeners.map(withPortMapping) } }];
    },
    gatewayRoute: (virtualGatewayName: string, gatewayRouteName: string, spec: object): Call => {
      return ['create_gateway_route', { meshName, virtualGatewayName, gatewayRouteName, spec }];
    },
  };
}

function withPortMapping({ port, protocol, ...rest }: Listener): object {
  return { portMapping: { port, protocol }, ...rest };
}

function nodeSpec({ hostname, listeners, backends = [] }: NodeParts): object {
  return {
    listeners: listeners.map(withPortMapping),
    serviceDiscovery: { dns: { hostname } },
    backends: backends.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
  };
}

/** What stands behind a virtual service. */
export type Provider = { readonly node: string } | { readonly router: string };

function providerSpec(provider: Provider): object {
  if ('node' in provider) return { virtualNode: { virtualNodeName: provider.node } };
  return { virtualRouter: { virtualRouterName: provider.router } };
}

/** Action of a route: shares of virtual nodes, at the port given where they have several. */
export function sharesOf(weights: Readonly<Record<string, number>>, port?: number): object {
  const weightedTargets = Object.entries(weights).map(([virtualNode, weight]) => ({
    virtualNode,
    weight,
    ...(port !== undefined && { port }),
  }));
  return { weightedTargets };
}
