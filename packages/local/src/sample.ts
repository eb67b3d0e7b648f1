import { StartFailed } from './startFailed.ts';

/** Name of the sample mesh. */
export const SAMPLE_MESH = 'apps';

/** Created last: where it is, the sample is complete. */
const LAST_NODE = 'servicea';

/** The node of the sample that calls others; examples run an Envoy as this one. */
export const SAMPLE_NODE_ID = `mesh/${SAMPLE_MESH}/virtualNode/${LAST_NODE}`;

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
  { path: '', body: { meshName: SAMPLE_MESH } },
  virtualNode('serviceb', []),
  virtualNode('servicebv2', []),
  { path: `/${SAMPLE_MESH}/virtualRouters`, body: { virtualRouterName: 'serviceb-router', spec: { listeners: [http8080()] } } },
  {
    path: `/${SAMPLE_MESH}/virtualRouter/serviceb-router/routes`,
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
    path: `/${SAMPLE_MESH}/virtualServices`,
    body: { virtualServiceName: 'serviceb.apps.local', spec: { provider: { virtualRouter: { virtualRouterName: 'serviceb-router' } } } },
  },
  virtualNode(LAST_NODE, ['serviceb.apps.local']),
];

function virtualNode(name: string, backends: readonly string[]): Create {
  const spec = {
    listeners: [http8080()],
    serviceDiscovery: { dns: { hostname: `${name}.apps.local` } },
    backends: backends.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
  };
  return { path: `/${SAMPLE_MESH}/virtualNodes`, body: { virtualNodeName: name, spec } };
}

function http8080(): object {
  return { portMapping: { port: 8080, protocol: 'http' } };
}

/**
 * Creates the sample mesh as a client would, or what an interrupted start left out of it; what is there already stays as it is.
 * @returns whether anything had to be created.
 * @throws StartFailed with the API's answer when it refuses.
 */
export async function loadSample(apiUrl: string): Promise<'created' | 'there'> {
  if (await isComplete(apiUrl)) return 'there';
  for (const { path, body } of creates) await ask(apiUrl, path, { method: 'PUT', body: JSON.stringify(body) });
  return 'created';
}

/** Asked by listings: what is described and not there, or created and there, is an error in the log. */
async function isComplete(apiUrl: string): Promise<boolean> {
  const { meshes } = (await ask(apiUrl, '')) as { meshes: readonly { meshName: string }[] };
  if (!meshes.some(({ meshName }) => meshName === SAMPLE_MESH)) return false;
  const { virtualNodes } = (await ask(apiUrl, `/${SAMPLE_MESH}/virtualNodes`)) as { virtualNodes: readonly { virtualNodeName: string }[] };
  return virtualNodes.some(({ virtualNodeName }) => virtualNodeName === LAST_NODE);
}

async function ask(apiUrl: string, path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(`${apiUrl}/v20190125/meshes${path}`, { ...init, headers: { 'content-type': 'application/json' } });
  const answer = await response.text();
  if (!response.ok && response.status !== 409) throw new StartFailed(`the sample mesh was refused with ${response.status}: ${answer}`);
  return JSON.parse(answer);
}
