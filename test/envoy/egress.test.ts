import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Ask } from '../netns/ask.ts';
import { type Call, meshCalls } from '../netns/calls.ts';
import { describeScenario } from '../netns/eachProtocol.ts';
import { addressOf, type Namespace, PORTS, SECRET_PORT } from '../netns/network.ts';
import { type Scenario, startScenario } from '../netns/scenario.ts';
import { startApp } from '../netns/topology.ts';

const apps = meshCalls('apps');
/** A mesh beside it, with a service, a node and a client of the same names. */
const other = meshCalls('other');

const AWS = 's3.us-east-1.amazonaws.com';
const UNKNOWN = 'unknown.example.com';
const SHARED = 'shared.apps.local';
const ONLY_IN_APPS = 'only.apps.local';
const listeners = [{ protocol: 'http', port: PORTS.http }] as const;

function calls(): readonly Call[] {
  const backends = [SHARED, ONLY_IN_APPS];
  const client = (mesh: typeof apps) => mesh.node('client', { hostname: 'servicea.apps.local', listeners, backends });
  return [
    apps.mesh(),
    client(apps),
    apps.node('server', { hostname: 'ours.apps.local', listeners }),
    ...[SHARED, ONLY_IN_APPS].map((name) => apps.service(name, { node: 'server' })),
    other.mesh(),
    client(other),
    other.node('server', { hostname: 'outside.apps.local', listeners }),
    other.service(SHARED, { node: 'server' }),
  ];
}

describeScenario('what leaves a workload, and where meshes end', ['sotw', 'delta'], (protocol) => {
  let scenario: Scenario;
  let asked = 0;

  beforeAll(async () => {
    const elsewhere = [AWS, UNKNOWN, SHARED, ONLY_IN_APPS, 'outside.apps.local'].map((name) => [name, [addressOf('out')]] as const);
    const names = { ...Object.fromEntries(elsewhere), 'ours.apps.local': [addressOf('gw')] };
    const client = (mesh: string) => `mesh/${mesh}/virtualNode/client`;
    scenario = await startScenario({ protocol, names, calls: calls(), proxies: { a: client('apps'), b: client('other') } });
    const { topology } = scenario;
    await Promise.all([startApp(topology, 'gw', 'ours'), startApp(topology, 'out', 'outside')]);
  });
  afterAll(async () => {
    await scenario?.close();
    process.stdout.write(`\negress, ${protocol}: ${asked} requests\n`);
  });

  const ask = async (namespace: Namespace, asks: readonly Ask[]): Promise<readonly Partial<Answer>[]> => {
    asked += asks.length;
    const answers = await scenario.ask(namespace, asks);
    return answers.map(({ app, status, saw }) => ({ ...(app && { app }), ...(status && { status }), ...(saw?.said && { saw }) }));
  };
  const http = (host: string): Ask => ({ kind: 'http', url: `http://${host}:${PORTS.http}/` });
  const http2 = (host: string): Ask => ({ kind: 'http2', url: `http://${host}:${PORTS.http2}/` });
  const tcp = (host: string): Ask => ({ kind: 'tcp', host, port: PORTS.tcp });
  const tls = (serverName?: string): Ask => {
    return { kind: 'tls', host: UNKNOWN, port: SECRET_PORT, ...(serverName !== undefined && { serverName }) };
  };
  const passed = (said?: string) => ({ app: 'outside', ...(said !== undefined && { saw: { said } }) });
  const NONE = {};

  // In this order: a mesh is DROP_ALL until it is told otherwise.
  describe.each(['DROP_ALL', 'ALLOW_ALL', 'DROP_ALL'] as const)('%s', (type) => {
    const isOpen = type === 'ALLOW_ALL';
    beforeAll(async () => {
      await scenario.operate(apps.egressFilter(type));
      await scenario.runs('a', 'dynamic_listeners', (dump) => dump.includes('"default_filter_chain"') === isOpen);
      await scenario.runs('a', 'dynamic_route_configs', (dump) => dump.includes('"mesh_allow_all"') === isOpen);
    });

    test('TLS to *.amazonaws.com passes, other names and none at all only if all may', async () => {
      const asks = [tls(AWS), tls('deep.er.amazonaws.com'), tls('amazonaws.com'), tls(UNKNOWN), tls('amazonaws.com.example.org'), tls()];
      const said = [AWS, 'deep.er.amazonaws.com', 'amazonaws.com', UNKNOWN, 'amazonaws.com.example.org', 'nobody'];
      expect(await ask('a', asks)).toEqual(said.map((name, index) => (isOpen || index < 2 ? passed(name) : NONE)));
    });

    test(isOpen ? 'whatever else is sent passes' : 'whatever else is sent is closed, or has no route', async () => {
      const answers = await ask('a', [http(UNKNOWN), http2(UNKNOWN), tcp(UNKNOWN), http(SHARED), http(ONLY_IN_APPS)]);
      const ours = { app: 'ours', status: 200 };
      const open = [{ app: 'outside', status: 200 }, { app: 'outside', status: 200 }, passed('ping')];
      expect(answers).toEqual([...(isOpen ? open : [{ status: 404 }, NONE, NONE]), ours, ours]);
    });

    test('the mesh beside it neither sees this mesh nor its filter', async () => {
      const answers = await ask('b', [http(SHARED), http(ONLY_IN_APPS), http(UNKNOWN), tcp(UNKNOWN), tls(UNKNOWN), tls(AWS)]);
      expect(answers).toEqual([{ app: 'outside', status: 200 }, { status: 404 }, { status: 404 }, NONE, NONE, passed(AWS)]);
    });
  });

  test('no proxy was sent anything that names another mesh, or for a change of another mesh', async () => {
    for (const [namespace, foreign] of [
      ['a', '_other_'],
      ['b', '_apps_'],
    ] as const) {
      const dump = await scenario.envoy(namespace).admin('/config_dump');
      expect(dump).not.toContain(foreign);
    }
    const stats = await scenario.envoy('b').stats('^(cluster_manager\\.cds|listener_manager\\.lds|http\\..*\\.rds\\..*)\\.update_success$');
    for (const [name, updates] of Object.entries(stats)) expect({ name, updates }).toEqual({ name, updates: 1 });
  });
});
