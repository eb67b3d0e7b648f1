import { type Api, type ApiRequestEvent, createApi } from '@meshwright/api';
import { MemoryStore } from '@meshwright/local';
import { writerOn } from '@meshwright/model/testing';

const MESHES = '/v20190125/meshes';
const HTTP_LISTENER = { listeners: [{ portMapping: { port: 8080, protocol: 'http' } }] };
const TAGS = [
  { key: 'key0', value: 'v' },
  { key: 'key1', value: '' },
];
const TO_BLUE = { httpRoute: { match: { prefix: '/' }, action: { weightedTargets: [{ virtualNode: 'blue', weight: 1 }] } } };
const TO_COLOR = { httpRoute: { match: { prefix: '/' }, action: { target: { virtualService: { virtualServiceName: 'color.local' } } } } };

/** What every run begins with: one resource of each kind and more to page through, in the order in which they can be created. */
const RESOURCES: readonly (readonly [string, object])[] = [
  ['', { meshName: 'apps', tags: TAGS }],
  ['', { meshName: 'a/b c' }],
  [
    '/apps/virtualNodes',
    { virtualNodeName: 'blue', spec: { ...HTTP_LISTENER, serviceDiscovery: { dns: { hostname: 'blue.local' } } }, tags: TAGS },
  ],
  ['/apps/virtualNodes', { virtualNodeName: 'green', spec: {} }],
  ['/apps/virtualRouters', { virtualRouterName: 'split', spec: {} }],
  ['/apps/virtualRouters', { virtualRouterName: 'plain', spec: HTTP_LISTENER }],
  ['/apps/virtualRouter/split/routes', { routeName: 'all', spec: TO_BLUE, tags: TAGS }],
  ['/apps/virtualRouter/split/routes', { routeName: 'some', spec: TO_BLUE }],
  [
    '/apps/virtualServices',
    { virtualServiceName: 'color.local', spec: { provider: { virtualRouter: { virtualRouterName: 'split' } } }, tags: TAGS },
  ],
  ['/apps/virtualServices', { virtualServiceName: 'shape.local', spec: {} }],
  ['/apps/virtualGateways', { virtualGatewayName: 'door', spec: { listeners: [] } }],
  ['/apps/virtualGateways', { virtualGatewayName: 'gate', spec: HTTP_LISTENER }],
  ['/apps/virtualGateway/door/gatewayRoutes', { gatewayRouteName: 'in', spec: TO_COLOR, tags: TAGS }],
  ['/apps/virtualGateway/door/gatewayRoutes', { gatewayRouteName: 'out', spec: TO_COLOR }],
];

/** The API over a store in memory that holds a few resources, and all it told of its requests. */
export interface World {
  readonly api: Api;
  readonly events: ApiRequestEvent[];
  /** All there is: of each mesh its generation and resources. Equal texts mean that nothing was changed. */
  fingerprint(): Promise<string>;
}

/** A world of its own. */
export async function createWorld(): Promise<World> {
  const store = new MemoryStore();
  const events: ApiRequestEvent[] = [];
  let ids = 0;
  const parts = { identity: { account: '123456789012', region: 'us-east-1', partition: 'aws' }, now: () => 1_790_000_000_000 };
  const writer = writerOn(store, { ...parts, newUid: () => `uid-${++ids}` });
  const api = createApi({ ...parts, store, writer, newId: () => `request-${++ids}`, onRequest: (event) => events.push(event) });
  for (const [collection, body] of RESOURCES) {
    const response = await api.fetch(new Request('http://local/', { method: 'PUT', body: JSON.stringify(body) }), MESHES + collection);
    if (response.status !== 200) throw new Error(`The world begins wrong: ${await response.text()}`);
  }
  return {
    api,
    events,
    async fingerprint() {
      const states = await Promise.all((await store.meshes()).map((mesh) => store.load(mesh)));
      return JSON.stringify(states, (_name, value) => (typeof value === 'bigint' ? `${value}` : value));
    },
  };
}
