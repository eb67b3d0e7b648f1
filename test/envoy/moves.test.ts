import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { meshCalls, sharesOf } from '../netns/calls.ts';
import { describeScenario } from '../netns/eachProtocol.ts';
import { addressOf, PORTS } from '../netns/network.ts';
import { type Scenario, startScenario } from '../netns/scenario.ts';
import { startTraffic, type Traffic } from '../netns/traffic.ts';
import { inSteps } from '../setup/steps.ts';

const apps = meshCalls('apps');
const SERVICE = 'moving.apps.local';
const listener = { protocol: 'http', port: PORTS.http } as const;
/** Requests that must have ended before the next change, and after the last. */
const WINDOW = 400;
/** How often there and back. */
const ROUNDS = 3 * inject('effort');
/** Requests in all: 10,000 by both protocols. */
const REQUESTS = 5_000;

const server = (name: string) => apps.node(name, { hostname: `${name}.apps.local`, listeners: [listener] });
const routeTo = (name: string) => ({ httpRoute: { match: { prefix: '/' }, action: sharesOf({ [name]: 1 }) } });
const SERVERS = ['serviceb', 'servicebv2'] as const;

describeScenario('changes under load', ['sotw', 'delta'], (protocol) => {
  inSteps();
  let scenario: Scenario;
  let traffic: Traffic;

  beforeAll(async () => {
    scenario = await startScenario({
      protocol,
      names: { [SERVICE]: [addressOf('out')] },
      calls: [
        apps.mesh(),
        apps.node('servicea', { hostname: 'servicea.apps.local', listeners: [], backends: [SERVICE] }),
        ...SERVERS.map(server),
        apps.router('router', listener),
        apps.route('router', 'route', routeTo('serviceb')),
        apps.service(SERVICE, { router: 'router' }),
      ],
      proxies: {
        a: 'mesh/apps/virtualNode/servicea',
        // Theirs go on with what they have when their node is deleted, and are at home again when it comes back.
        b: 'mesh/apps/virtualNode/serviceb',
        b2: 'mesh/apps/virtualNode/servicebv2',
      },
    });
    traffic = startTraffic(scenario.topology, 'a', { url: `http://${SERVICE}:${PORTS.http}/`, perSecond: 500 });
  });
  afterAll(async () => {
    await scenario?.close();
  });

  /** Waits until only this cluster is left of what leads to a server, and its route is the one in use. */
  const arrived = async (name: string) => {
    const cluster = `cds_egress_apps_${name}_http_${PORTS.http}`;
    await scenario.runs('a', 'dynamic_route_configs', (dump) => dump.includes(cluster));
    await scenario.runs('a', 'dynamic_active_clusters', (dump) => {
      const names = new Set([...dump.matchAll(/cds_egress_apps_service\w+_http_\d+/g)].map(([found]) => found));
      return names.size === 1 && names.has(cluster);
    });
  };
  const expectAll = async (phase: string, app: string) => {
    await traffic.begin(phase);
    await traffic.reached(phase, WINDOW);
    const { requests, answers, failures } = traffic.count(phase);
    expect(failures).toEqual([]);
    expect(answers).toEqual({ [app]: requests });
  };

  test('a route is moved off a node and the node deleted in one go, there and back', async () => {
    await expectAll('before', 'serviceb');
    let deleted: string | undefined;
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const [to, from] of [
        ['servicebv2', 'serviceb'],
        ['serviceb', 'servicebv2'],
      ] as const) {
        await traffic.begin(`moving to ${to}, ${round}`);
        const back = deleted === undefined ? [] : [server(deleted)];
        // What the route led to is gone before anybody has had time to follow.
        await scenario.operate(...back, apps.updateRoute('router', 'route', routeTo(to)), apps.deleteNode(from));
        deleted = from;
        await arrived(to);
        await expectAll(`moved to ${to}, ${round}`, to);
      }
    }
  });

  test('a virtual service is moved from a router to a node and to a router again, there and back', async () => {
    await scenario.operate(server('servicebv2'));
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const [provider, app] of [
        [{ node: 'servicebv2' }, 'servicebv2'],
        [{ router: 'router' }, 'serviceb'],
      ] as const) {
        await traffic.begin(`moving to ${app} as provider, ${round}`);
        await scenario.operate(apps.updateService(SERVICE, provider));
        await arrived(app);
        await expectAll(`moved to ${app} as provider, ${round}`, app);
      }
    }
  });

  test('no request failed, those between two changes included', async () => {
    await traffic.end();
    const { requests, failures, answers } = traffic.total();
    process.stdout.write(
      `\nchanges under load, ${protocol}: ${requests} requests, ${failures.length} failed: ${JSON.stringify(answers)}\n`,
    );
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(REQUESTS);
  });
});
