import { beforeAll, expect, test } from 'vitest';
import { boto3 } from './clients/boto3.ts';
import { StockClientError } from './clients/client.ts';
import { connected } from './connected.ts';
import { gatewayRouteSpec, listenersSpec, nodeSpec, routeSpec } from './kinds.ts';
import { type Mistake, mistakes } from './mistakes.ts';

// Of LimitExceeded clients think that it passes; once is enough here.
const api = connected((endpoint) => boto3(endpoint, { AWS_MAX_ATTEMPTS: '1' }));

beforeAll(async () => {
  const meshName = 'apps';
  await api.seed(['meshes'], { meshName, clientToken: 'used' });
  const put = (collection: string, body: object) => api.seed(['meshes', meshName, ...collection.split('/')], body);
  await put('virtualNodes', { virtualNodeName: 'blue', spec: nodeSpec('blue.local') });
  await put('virtualNodes', { virtualNodeName: 'provider', spec: nodeSpec('provider.local') });
  const two = { ...listenersSpec([8080, 'http'], [8081, 'http']), serviceDiscovery: { dns: { hostname: 'two.local' } } };
  await put('virtualNodes', { virtualNodeName: 'two', spec: two });
  await put('virtualRouters', { virtualRouterName: 'split', spec: listenersSpec([80, 'http']) });
  await put('virtualRouters', { virtualRouterName: 'two', spec: listenersSpec([80, 'http'], [81, 'http']) });
  await put('virtualRouter/split/routes', { routeName: 'all', spec: routeSpec('blue') });
  const provider = { virtualNode: { virtualNodeName: 'provider' } };
  await put('virtualServices', { virtualServiceName: 'color.local', spec: { provider } });
  await put('virtualGateways', { virtualGatewayName: 'front', spec: listenersSpec([80, 'http']) });
  await put('virtualGateway/front/gatewayRoutes', { gatewayRouteName: 'color', spec: gatewayRouteSpec('color.local') });
});

test('stock clients tell of each typical mistake: what is wrong, where, with which value, the rule, and what to do (messages.txt)', async () => {
  const told: string[] = [];
  for (const mistake of mistakes) told.push(`${mistake.title}\n${await messageOf(mistake)}\n`);
  await expect(told.join('\n')).toMatchFileSnapshot('messages.txt');
});

/** What the AWS CLI and boto3 write after "An error occurred". */
async function messageOf({ operation, input }: Mistake): Promise<string> {
  const error = await api.call(operation, input).then(
    () => expect.fail(`${operation} of ${JSON.stringify(input)} was accepted`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StockClientError)) throw error;
  return `  ${operation} (${error.type}): ${error.message}`;
}
