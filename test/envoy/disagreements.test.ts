import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../netns/ask.ts';
import { type Call, type Listener, meshCalls, sharesOf } from '../netns/calls.ts';
import { describeScenario } from '../netns/eachProtocol.ts';
import { PORTS } from '../netns/network.ts';
import { type Scenario, startScenario } from '../netns/scenario.ts';

/** An address nobody has: what is sent there is redirected by its port, and routed by its host. */
const NOWHERE = ['10.99.0.99'];
const OTHER_PORT = 9090;

const apps = meshCalls('apps');
const http = { protocol: 'http', port: PORTS.http } as const;
const http2 = { protocol: 'http2', port: PORTS.http2 } as const;

/** What the router of each service listens on, the node its one route leads to, and what comes of a request and is told of the route. */
const SERVICES: Readonly<
  Record<
    string,
    {
      readonly router: Listener;
      readonly node: Listener;
      readonly came: Partial<Answer> & { readonly by?: string };
      readonly code?: string;
    }
  >
> = {
  // Legal, and common: routers and nodes number their ports apart.
  'other-port': { router: { ...http, port: OTHER_PORT }, node: http, came: { app: 'serviceb', status: 200, by: 'HTTP/1.1' } },
  // Sent on as what the node's listener speaks.
  'other-protocol': { router: http, node: http2, came: { app: 'serviceb', status: 200, by: 'HTTP/2.0' }, code: 'protocol-mismatch' },
  'no-requests': { router: http, node: { protocol: 'tcp', port: PORTS.tcp }, came: { status: 502 }, code: 'protocol-mismatch' },
  // The listener that its route names by number goes away later.
  'lost-port': { router: http, node: http2, came: { status: 503 }, code: 'unresolved-target' },
};

function calls(): readonly Call[] {
  const services = Object.entries(SERVICES).flatMap(([name, { router, node }]) => [
    apps.node(`${name}-node`, { hostname: 'serviceb.apps.local', listeners: [node] }),
    apps.router(name, router),
    apps.route(name, 'all', { httpRoute: { match: { prefix: '/' }, action: sharesOf({ [`${name}-node`]: 1 }, node.port) } }),
    apps.service(`${name}.apps.local`, { router: name }),
  ]);
  const backends = Object.keys(SERVICES).map((name) => `${name}.apps.local`);
  return [
    apps.mesh(),
    ...services,
    // The node of the Envoy that all of them lead to.
    apps.node('serviceb', { hostname: 'serviceb.apps.local', listeners: [http, http2, { protocol: 'tcp', port: PORTS.tcp }] }),
    apps.node('servicea', { hostname: 'servicea.apps.local', listeners: [], backends }),
    apps.updateNode('lost-port-node', { hostname: 'serviceb.apps.local', listeners: [http] }),
  ];
}

describeScenario('a router and a node that disagree', ['sotw'], (protocol) => {
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startScenario({
      protocol,
      names: Object.fromEntries(Object.keys(SERVICES).map((name) => [`${name}.apps.local`, NOWHERE])),
      calls: calls(),
      proxies: { a: 'mesh/apps/virtualNode/servicea', b: 'mesh/apps/virtualNode/serviceb' },
    });
  });
  afterAll(async () => {
    await scenario?.close();
  });

  test('on port or protocol are answered all the same, or at once by an error, and what is wrong is told of the route', async () => {
    const answers = await scenario.ask(
      'a',
      Object.entries(SERVICES).map(([name, { router }]) => ({ kind: 'http', url: `http://${name}.apps.local:${router.port}/` })),
    );
    const names = Object.keys(SERVICES);
    const came = answers.map(({ app, status, saw, error }, index) => [
      names[index],
      { ...(app && { app }), ...(status && { status }), ...(saw?.protocol && { by: saw.protocol }), ...(error && { error }) },
    ]);
    expect(came).toEqual(Object.entries(SERVICES).map(([name, wanted]) => [name, wanted.came]));

    const told = await scenario.diagnostics('apps');
    for (const [name, { code }] of Object.entries(SERVICES)) {
      const ofRoute = told.filter(({ resource }) => resource === `mesh/apps/virtualRouter/${name}/route/all`);
      expect(
        ofRoute.map((one) => one.code),
        name,
      ).toEqual(code === undefined ? [] : [code]);
      for (const { message, fix } of ofRoute) expect([message, fix]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    }
  });
});
