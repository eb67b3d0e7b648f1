import { StartFailed } from './startFailed.ts';

const MESH = 'apps';

/** The node of the sample that calls others; examples run an Envoy as this one. */
export const SAMPLE_NODE_ID = `mesh/${MESH}/virtualNode/servicea`;

interface Create {
  /** Below `/v20190125/meshes`. */
  readonly path: string;
  readonly body: object;
}

/**
 * `servicea` calls `serviceb.apps.local`, which a router splits between two nodes, all of it to the first.
 * In the order in which the API accepts it.
 */
const creates: readonly Create[] = [
  { path: '', body: { meshName: MESH } },
  virtualNode('serviceb', []),
  virtualNode('servicebv2', []),
  { path: `/${MESH}/virtualRouters`, body: { virtualRouterName: 'serviceb-router', spec: { listeners: [http8080()] } } },
  {
    path: `/${MESH}/virtualRouter/serviceb-router/routes`,
    body: {
      routeName: 'serviceb-route',
      spec: {
        httpRoute: {
          match: { prefix: '/' },
          action: {
            weightedTargets: [
              { virtualNode: 'serviceb', weight: 100 },
              { virtualNode: 'servicebv2', weight: 0 },
            ],
          },
        },
      },
    },
  },
  {
    path: `/${MESH}/virtualServices`,
    body: { virtualServiceName: 'serviceb.apps.local', spec: { provider: { virtualRouter: { virtualRouterName: 'serviceb-router' } } } },
  },
  virtualNode('servicea', ['serviceb.apps.local']),
];

function virtualNode(name: string, backends: readonly string[]): Create {
  const spec = {
    listeners: [http8080()],
    serviceDiscovery: { dns: { hostname: `${name}.apps.local` } },
    backends: backends.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
  };
  return { path: `/${MESH}/virtualNodes`, body: { virtualNodeName: name, spec } };
}

function http8080(): object {
  return { portMapping: { port: 8080, protocol: 'http' } };
}

/**
 * Creates the sample mesh as a client would; what is there already stays as it is.
 * @throws StartFailed with the API's answer when it refuses.
 */
export async function loadSample(apiUrl: string): Promise<void> {
  for (const { path, body } of creates) {
    const response = await fetch(`${apiUrl}/v20190125/meshes${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok && response.status !== 409) throw new StartFailed(`the sample mesh was refused with ${response.status}: ${answer}`);
  }
}
