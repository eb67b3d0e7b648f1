import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { MemorySnapshots } from '@meshwright/local';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { envoyBinary } from '../setup/parts.ts';
import { startEnvoy } from './envoyProcess.ts';
import { encodedAssignment, type HandMade, handMadeSnapshot, PROXY } from './handMadeMesh.ts';
import { type EventLog, publish, startRelay, TestEndpoints } from './relayUnderTest.ts';

const TYPES = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE];

let binary: string;
const cleanUps: (() => Promise<void>)[] = [];

beforeAll(async () => {
  binary = await envoyBinary();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startApp(answer: string): Promise<number> {
  const app: Server = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1');
  await once(app, 'listening');
  cleanUps.push(async () => {
    app.closeAllConnections();
    app.close();
  });
  return (app.address() as AddressInfo).port;
}

const acked = (types: readonly string[], version: number) => (log: EventLog) =>
  types.every((type) =>
    log.ofKind('acked').some(({ typeUrl, snapshotVersion }) => typeUrl === type && snapshotVersion === `1.${version}.1`),
  );

/** A relay, an Envoy on it and two applications behind, all four types acknowledged. */
async function boot(protocol: 'sotw' | 'delta') {
  const [fixedPort, discoveredPort] = [await startApp('fixed'), await startApp('discovered')];
  const snapshots = new MemorySnapshots();
  const endpoints = new TestEndpoints();
  endpoints.set('discovered', encodedAssignment('discovered', discoveredPort));
  const put = (made: HandMade): Promise<void> => publish(snapshots, handMadeSnapshot(made));
  await put({ n: 1, fixedPort, routeTo: 'fixed' });
  const started = await startRelay({ snapshots, endpoints });
  let { relay } = started;
  cleanUps.push(() => relay.close(1_000));
  const envoy = await startEnvoy(binary, { nodeId: PROXY, xdsPort: started.port, protocol });
  cleanUps.push(() => envoy.stop());
  await started.log.until('all four types acknowledged', acked(TYPES, 1));
  const restartRelay = async (): Promise<EventLog> => {
    await relay.close(1_000);
    const again = await startRelay({ snapshots, endpoints, port: started.port });
    ({ relay } = again);
    return again.log;
  };
  const call = async (): Promise<string> => (await fetch(`http://${await envoy.listenerAddress('in')}/`)).text();
  return { envoy, log: started.log, put, restartRelay, call, fixedPort };
}

it('leaves nothing of an Envoy that does not start, and says why', async () => {
  await expect(startEnvoy('/nonexistent/envoy', { nodeId: PROXY, xdsPort: 1, protocol: 'delta' })).rejects.toThrow('Envoy: it ended');
});

describe.each(['sotw', 'delta'] as const)('a real Envoy, %s', (protocol) => {
  it('boots, acknowledges all four types and takes an update', async () => {
    const { envoy, log, put, call, fixedPort } = await boot(protocol);
    await envoy.ready();
    expect(await call()).toBe('fixed');
    await put({ n: 2, fixedPort, routeTo: 'discovered' });
    await log.until('the new routes acknowledged', acked([ROUTE_TYPE], 2));
    expect(await call()).toBe('discovered');
    expect(log.ofKind('rejected')).toEqual([]);
    // The update changed routes alone, so nothing else was sent for it.
    const sent = log.ofKind('sent').filter(({ snapshotVersion }) => snapshotVersion === '1.2.1');
    expect(sent.map(({ typeUrl }) => typeUrl)).toEqual([ROUTE_TYPE]);
  });

  it('warms an EDS cluster whose endpoints did not change with it', async () => {
    const { envoy, log, put, call, fixedPort } = await boot(protocol);
    await put({ n: 2, fixedPort, timeout: '2s', routeTo: 'discovered' });
    await log.until('the changed cluster, its endpoints and the routes acknowledged', acked([CLUSTER_TYPE, ENDPOINT_TYPE, ROUTE_TYPE], 2));
    expect(await envoy.stat('cluster_manager.warming_clusters')).toBe(0);
    expect(await envoy.admin('/config_dump?resource=dynamic_active_clusters')).toContain('"connect_timeout": "2s"');
    expect(await call()).toBe('discovered');
  });

  it('drops a cluster only after the routes have left it', async () => {
    const { envoy, log, put, call } = await boot(protocol);
    await put({ n: 2, routeTo: 'discovered' });
    await log.until('the routes and then the clusters acknowledged', acked([ROUTE_TYPE, CLUSTER_TYPE], 2));
    const order = log.ofKind('acked').filter(({ snapshotVersion }) => snapshotVersion === '1.2.1');
    expect(order.map(({ typeUrl }) => typeUrl)).toEqual([ROUTE_TYPE, CLUSTER_TYPE]);
    expect(await call()).toBe('discovered');
    expect(await envoy.admin('/clusters')).not.toContain('fixed::');
  });

  it('goes on through a restart of the relay without a change of configuration', async () => {
    const { envoy, put, restartRelay, call, fixedPort } = await boot(protocol);
    const counters = ['cluster_manager.cluster_modified', 'cluster_manager.cluster_added', 'listener_manager.listener_modified'];
    const before = await Promise.all(counters.map((name) => envoy.stat(name)));
    const log = await restartRelay();
    await log.until('Envoy is back and current', (seen) => acked(TYPES, 1)(seen));
    const again = log.ofKind('sent').map(({ typeUrl }) => typeUrl);
    // Endpoints always, routes in delta: the proxy may be warming them. It holds the same already and changes nothing.
    expect(again).toEqual(protocol === 'sotw' ? [ENDPOINT_TYPE] : [ENDPOINT_TYPE, ROUTE_TYPE]);
    expect(await Promise.all(counters.map((name) => envoy.stat(name)))).toEqual(before);
    expect(await call()).toBe('fixed');
    await put({ n: 2, fixedPort, routeTo: 'discovered' });
    await log.until('a new change acknowledged', acked([ROUTE_TYPE], 2));
    expect(await call()).toBe('discovered');
  });
});
