import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenersSpec, nodeSpec, routeSpec } from './kinds.ts';
import { type System, startSystem } from './system.ts';

// No stock client knows `/v1`: it is asked as scripts ask it.

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.close());

const ROUTE = 'virtualRouter/split/routes';
const blue = nodeSpec('blue.local');
const tls = { mode: 'STRICT', certificate: { file: { certificateChain: '/certs/chain.pem', privateKey: '/certs/key.pem' } } };
const withTls = { ...blue, listeners: [{ portMapping: { port: 8080, protocol: 'http' }, tls }] };
const withBackend = { ...nodeSpec('green.local'), backends: [{ virtualService: { virtualServiceName: 'red.local' } }] };

async function write(path: string, body: object): Promise<void> {
  const response = await fetch(`${system.apiUrl}/v20190125/meshes${path}`, { method: 'PUT', body: JSON.stringify(body) });
  expect(`${response.status} ${response.status === 200 ? '' : await response.text()}`).toBe('200 ');
}

async function ask(mesh: string): Promise<unknown> {
  return (await fetch(`${system.apiUrl}/v1/meshes/${mesh}/diagnostics`)).json();
}

const wrong = (code: string, resource: string, pointer: string) => ({
  code,
  severity: expect.stringMatching(/^(error|warning)$/),
  resource: `mesh/apps/${resource}`,
  pointer,
  message: expect.stringMatching(/./),
  fix: expect.stringMatching(/./),
});
const tlsIgnored = wrong('not-compiled-yet', 'virtualNode/blue', '/listeners/0/tls');
const backendUnknown = wrong('unknown-backend', 'virtualNode/green', expect.stringMatching('^/backends/0'));
const weightsZero = wrong('all-weights-zero', 'virtualRouter/split/route/all', expect.stringMatching('^/httpRoute/action'));

test('what is wrong in a mesh is told with its place, right after the write, until it is mended; a restart changes nothing', async () => {
  await write('', { meshName: 'apps' });
  expect(await ask('apps')).toEqual({ revision: 1, diagnostics: [] });
  await write('/apps/virtualNodes', { virtualNodeName: 'blue', spec: withTls });
  await write('/apps/virtualNodes', { virtualNodeName: 'green', spec: withBackend });
  await write('/apps/virtualRouters', { virtualRouterName: 'split', spec: listenersSpec([8080, 'http']) });
  await write(`/apps/${ROUTE}`, { routeName: 'all', spec: routeSpec('blue', 0) });
  const all = { revision: 5, diagnostics: [tlsIgnored, backendUnknown, weightsZero] };
  const told = await ask('apps');
  expect(told).toEqual(all);

  // Everything is published: nothing is again, and nobody changes the mesh.
  await system.restart();
  expect(await ask('apps')).toEqual(told);

  await write('/apps/virtualNodes/blue', { spec: blue });
  expect(await ask('apps')).toEqual({ revision: 6, diagnostics: [backendUnknown, weightsZero] });
  await write('/apps/virtualServices', {
    virtualServiceName: 'red.local',
    spec: { provider: { virtualNode: { virtualNodeName: 'blue' } } },
  });
  expect(await ask('apps')).toEqual({ revision: 7, diagnostics: [weightsZero] });
  await write(`/apps/${ROUTE}/all`, { spec: routeSpec('blue', 1) });
  expect(await ask('apps')).toEqual({ revision: 8, diagnostics: [] });
  await system.restart();
  expect(await ask('apps')).toEqual({ revision: 8, diagnostics: [] });
});

test('a mesh that is not there has none to tell, deleted or never created', async () => {
  await write('', { meshName: 'gone' });
  await fetch(`${system.apiUrl}/v20190125/meshes/gone`, { method: 'DELETE' });
  for (const mesh of ['gone', 'never']) {
    const response = await fetch(`${system.apiUrl}/v1/meshes/${mesh}/diagnostics`);
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([404, 'NotFoundException']);
  }
});
