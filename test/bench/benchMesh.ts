/** The mesh that is measured: the sample's split between two nodes, and any number of nodes that call it. */
const MESH = 'apps';
const LISTENER = { portMapping: { port: 8080, protocol: 'http' } };
const SERVICE = 'serviceb.apps.local';
const ROUTER = `/v20190125/meshes/${MESH}/virtualRouter/serviceb-router`;

/** Writes the mesh through the App Mesh API and answers the node ids of its callers. */
export async function writeMesh(apiUrl: string, callers: number): Promise<readonly string[]> {
  const mesh = `/v20190125/meshes/${MESH}`;
  const nodes = `${mesh}/virtualNodes`;
  const names = Array.from({ length: callers }, (_, number) => `caller${number}`);
  await put(apiUrl, '/v20190125/meshes', { meshName: MESH });
  for (const name of ['serviceb', 'servicebv2']) await put(apiUrl, nodes, { virtualNodeName: name, spec: nodeSpec(name) });
  await put(apiUrl, `${mesh}/virtualRouters`, { virtualRouterName: 'serviceb-router', spec: { listeners: [LISTENER] } });
  await put(apiUrl, `${ROUTER}/routes`, { routeName: 'serviceb-route', spec: routeSpec(100) });
  const provider = { virtualRouter: { virtualRouterName: 'serviceb-router' } };
  await put(apiUrl, `${mesh}/virtualServices`, { virtualServiceName: SERVICE, spec: { provider } });
  for (const name of names) {
    const backends = [{ virtualService: { virtualServiceName: SERVICE } }];
    await put(apiUrl, nodes, { virtualNodeName: name, spec: { ...nodeSpec(name), backends } });
  }
  return names.map((name) => `mesh/${MESH}/virtualNode/${name}`);
}

/** Gives `serviceb` a weight from 0 to 100 and `servicebv2` the rest. */
export async function shiftWeights(apiUrl: string, weight: number): Promise<void> {
  await put(apiUrl, `${ROUTER}/routes/serviceb-route`, { spec: routeSpec(weight) });
}

function nodeSpec(name: string): object {
  return { listeners: [LISTENER], serviceDiscovery: { dns: { hostname: `${name}.apps.local` } } };
}

function routeSpec(weight: number): object {
  const weightedTargets = [
    { virtualNode: 'serviceb', weight },
    { virtualNode: 'servicebv2', weight: 100 - weight },
  ];
  return { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } };
}

async function put(apiUrl: string, path: string, body: object): Promise<void> {
  const response = await fetch(apiUrl + path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  // Read to its end: the answer is the whole of it.
  const text = await response.text();
  if (!response.ok) throw new Error(`PUT ${path}: ${response.status} ${text}`);
}
