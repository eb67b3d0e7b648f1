import { loadSample } from '@meshwright/local';

/** The mesh that is measured: the sample, whose router splits between two nodes, and any number of nodes more that call it. */
const MESH = 'apps';
const SERVICE = 'serviceb.apps.local';
const ROUTE = `/v20190125/meshes/${MESH}/virtualRouter/serviceb-router/routes/serviceb-route`;

/** Writes the mesh through the App Mesh API and answers the node ids of its callers. */
export async function writeMesh(apiUrl: string, callers: number): Promise<readonly string[]> {
  await loadSample(apiUrl);
  const names = Array.from({ length: callers }, (_, number) => `caller${number}`);
  for (const name of names) await put(apiUrl, `/v20190125/meshes/${MESH}/virtualNodes`, { virtualNodeName: name, spec: callerSpec(name) });
  return names.map((name) => `mesh/${MESH}/virtualNode/${name}`);
}

/** Gives `serviceb` a weight from 0 to 100 and `servicebv2` the rest. */
export async function shiftWeights(apiUrl: string, weight: number): Promise<void> {
  await put(apiUrl, ROUTE, { spec: routeSpec(weight) });
}

function callerSpec(name: string): object {
  return {
    listeners: [{ portMapping: { port: 8080, protocol: 'http' } }],
    serviceDiscovery: { dns: { hostname: `${name}.apps.local` } },
    backends: [{ virtualService: { virtualServiceName: SERVICE } }],
  };
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
