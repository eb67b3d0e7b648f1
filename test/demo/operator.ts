// node operator.ts ENDPOINT create | weights SERVICEB SERVICEBV2   What a mesh's operator does, by the stock AWS SDK; runs in the hub, where the API is.
import {
  AppMeshClient,
  CreateMeshCommand,
  CreateRouteCommand,
  CreateVirtualNodeCommand,
  CreateVirtualRouterCommand,
  CreateVirtualServiceCommand,
  type RouteSpec,
  UpdateRouteCommand,
  type VirtualNodeSpec,
} from '@aws-sdk/client-app-mesh';

const [endpoint = '', command = '', ...numbers] = process.argv.slice(2);
const client = new AppMeshClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } });
const meshName = 'apps';
const route = { meshName, virtualRouterName: 'serviceb-router', routeName: 'serviceb-route' };
const listeners = [{ portMapping: { port: 8080, protocol: 'http' as const } }];

function node(name: string, backend?: string): VirtualNodeSpec {
  const backends = backend === undefined ? [] : [{ virtualService: { virtualServiceName: backend } }];
  return { listeners, serviceDiscovery: { dns: { hostname: `${name}.apps.local` } }, backends };
}

function split(serviceb: number, servicebv2: number): RouteSpec {
  const weightedTargets = [
    { virtualNode: 'serviceb', weight: serviceb },
    { virtualNode: 'servicebv2', weight: servicebv2 },
  ];
  return { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } };
}

async function create(): Promise<void> {
  await client.send(new CreateMeshCommand({ meshName }));
  const nodes = { servicea: node('servicea', 'serviceb.apps.local'), serviceb: node('serviceb'), servicebv2: node('servicebv2') };
  for (const [virtualNodeName, spec] of Object.entries(nodes))
    await client.send(new CreateVirtualNodeCommand({ meshName, virtualNodeName, spec }));
  await client.send(new CreateVirtualRouterCommand({ meshName, virtualRouterName: 'serviceb-router', spec: { listeners } }));
  await client.send(new CreateRouteCommand({ ...route, spec: split(100, 0) }));
  const provider = { virtualRouter: { virtualRouterName: 'serviceb-router' } };
  await client.send(new CreateVirtualServiceCommand({ meshName, virtualServiceName: 'serviceb.apps.local', spec: { provider } }));
}

const [serviceb = 0, servicebv2 = 0] = numbers.map(Number);
try {
  if (command === 'create') await create();
  else await client.send(new UpdateRouteCommand({ ...route, spec: split(serviceb, servicebv2) }));
  process.stdout.write('answered\n');
} catch (error) {
  // The SDK's own print of it is a page long.
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : error}\n`);
  process.exitCode = 1;
}
