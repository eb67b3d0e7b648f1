import { beforeAll, expect, test } from 'vitest';
import { boto3 } from './clients/boto3.ts';
import { connected } from './connected.ts';
import { listenersSpec, nodeSpec, routeSpec } from './kinds.ts';

// Clients take LimitExceeded for throttling and would send each of these three times.
const api = connected((endpoint) => boto3(endpoint, { AWS_MAX_ATTEMPTS: '1' }));
const meshName = 'limits';

beforeAll(() => api.seed(['meshes'], { meshName }));

test('beyond a quota a create is LimitExceeded and names it; what is deleted makes room; updates go on', async () => {
  await api.seed(['meshes', meshName, 'virtualNodes'], { virtualNodeName: 'blue', spec: nodeSpec('blue.local') });
  const router = { meshName, virtualRouterName: 'split' };
  await api.call('CreateVirtualRouter', { ...router, spec: listenersSpec([80, 'http']) });
  for (let route = 0; route < 200; route++)
    await api.seed(['meshes', meshName, 'virtualRouter', 'split', 'routes'], { routeName: `r${route}`, spec: routeSpec('blue') });
  const another = { ...router, routeName: 'another', spec: routeSpec('blue') };
  await api.refuses('CreateRoute', another, 'LimitExceededException', 'routesPerVirtualRouter', '200');
  await api.call('UpdateRoute', { ...another, routeName: 'r0', spec: routeSpec('blue', 7) });
  await api.call('DeleteRoute', { ...router, routeName: 'r1' });
  await api.call('CreateRoute', another);
  expect(await api.client.all('ListRoutes', router, 100)).toHaveLength(200);
});

test('lists the API model leaves open have a quota, too: listeners and backends', async () => {
  const listeners = (count: number) => listenersSpec(...Array.from({ length: count }, (_, index) => [index + 1, 'http'] as const));
  const dns = { serviceDiscovery: { dns: { hostname: 'h.local' } } };
  const backends = (count: number) => ({
    backends: Array.from({ length: count }, (_, index) => ({ virtualService: { virtualServiceName: `s${index}` } })),
  });
  const named = (title: string) => ({ meshName, [`${title.charAt(0).toLowerCase()}${title.slice(1)}Name`]: 'long' });
  for (const [title, most, tooMany, ...words] of [
    ['VirtualRouter', listeners(50), listeners(51), 'spec.listeners has 51 items', 'listenersPerResource', '50'],
    ['VirtualGateway', listeners(50), listeners(51), 'spec.listeners has 51 items', 'listenersPerResource', '50'],
    ['VirtualNode', { ...listeners(50), ...dns }, { ...listeners(51), ...dns }, 'spec.listeners has 51 items'],
    ['VirtualNode', backends(1000), backends(1001), 'spec.backends has 1001 items', 'backendsPerVirtualNode', '1000'],
  ] as const) {
    await api.refuses(`Create${title}`, { ...named(title), spec: tooMany }, 'LimitExceededException', ...words);
    await api.call(`Create${title}`, { ...named(title), spec: most });
    await api.refuses(`Update${title}`, { ...named(title), spec: tooMany }, 'LimitExceededException', ...words);
    await api.call(`Delete${title}`, named(title));
  }
});
