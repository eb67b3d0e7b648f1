import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { envoyBootstrap, MemorySnapshots } from '@meshwright/local';
import { beforeEach, describe, expect, it } from 'vitest';
import { poll } from '../process/poll.ts';
import { envoyBinary } from '../setup/parts.ts';
import { appMeshBootstrap } from './appMeshBootstrap.ts';
import { acked, startApp } from './envoyOnRelay.ts';
import { type EnvoyProcess, startEnvoyWith } from './envoyProcess.ts';
import { type Forwarder, startForwarder } from './forwarder.ts';
import { encodedAssignment, handMadeSnapshot, PROXY } from './handMadeMesh.ts';
import { type EventLog, publish, startRelay, TestEndpoints, TRANSPORTS } from './relayUnderTest.ts';

const TYPES = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE];
/** Envoys send a PING every 10 s: those of 10 minutes, sent in seconds. */
const PINGS = 60;
const PING_MILLIS = 20;
/** Google's client sends one in a second at most; what counts them against a client does so from the third on. */
const GOOGLE_PINGS = 4;

let opened: AsyncDisposableStack;
let snapshots: MemorySnapshots;
let endpoints: TestEndpoints;
let fixedPort: number;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  fixedPort = await startApp('fixed', opened);
  snapshots = new MemorySnapshots();
  endpoints = new TestEndpoints();
  endpoints.set('discovered', encodedAssignment('discovered', await startApp('discovered', opened)));
  await publish(snapshots, handMadeSnapshot({ n: 1, fixedPort, routeTo: 'fixed' }));
  return () => opened.disposeAsync();
});

const openRelay = async (options: Partial<Parameters<typeof startRelay>[0]> = {}) => {
  const started = await startRelay({ snapshots, endpoints, ...options });
  opened.defer(() => started.relay.close(1_000));
  return started;
};
const openEnvoy = async (bootstrap: object): Promise<EnvoyProcess> => {
  const envoy = await startEnvoyWith(await envoyBinary(), bootstrap);
  opened.defer(() => envoy.stop());
  return envoy;
};
const stockBootstrap = (protocol: 'sotw' | 'delta', xdsPort: number): object =>
  envoyBootstrap({ nodeId: PROXY, xdsHost: '127.0.0.1', xdsPort, protocol, adminPort: 0 });

/** The same with time that runs faster. */
const pingingBootstrap = (protocol: 'sotw' | 'delta', xdsPort: number): object =>
  JSON.parse(JSON.stringify(stockBootstrap(protocol, xdsPort)).replace('"interval":"10s"', `"interval":"${PING_MILLIS / 1000}s"`));

const CLIENTS = {
  'a stock Envoy, sotw,': { bootstrapOf: (port: number) => pingingBootstrap('sotw', port), pings: PINGS },
  'a stock Envoy, delta,': { bootstrapOf: (port: number) => pingingBootstrap('delta', port), pings: PINGS },
  'an Envoy with App Mesh’s bootstrap': {
    bootstrapOf: (port: number) => appMeshBootstrap({ nodeId: PROXY, xdsEndpoint: `127.0.0.1:${port}`, keepaliveMillis: PING_MILLIS }),
    pings: GOOGLE_PINGS,
  },
};

describe.each(TRANSPORTS)('a relay over %s', (transport) => {
  it.each(Object.entries(CLIENTS))(
    'lets %s send PINGs on an idle stream for as long as it likes',
    async (_client, { bootstrapOf, pings }) => {
      const { port, log } = await openRelay({ transport });
      const forwarder = opened.use(await startForwarder({ port, host: '127.0.0.1' }));
      await openEnvoy(bootstrapOf(forwarder.port));
      await log.until('all types acknowledged', acked(TYPES, 1));
      const before = forwarder.pings();
      await poll({ what: 'PINGs', ask: async () => forwarder.pings() - before, wanted: (sent) => sent >= pings });
      expect({ goAways: forwarder.goAways(), connections: forwarder.connections() }).toEqual({ goAways: 0, connections: 1 });
      expect(log.ofKind('gone')).toEqual([]);
      await publish(snapshots, handMadeSnapshot({ n: 2, fixedPort, routeTo: 'discovered' }));
      await log.until('a change acknowledged', acked([ROUTE_TYPE], 2));
    },
  );

  it('serves an Envoy with App Mesh’s bootstrap by a unix socket, and has no endpoints for its local_cluster', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'relay-'));
    opened.defer(() => rm(folder, { recursive: true }));
    const { log } = await openRelay({ transport, address: `unix:${folder}/xds` });
    const envoy = await openEnvoy(appMeshBootstrap({ nodeId: PROXY, xdsEndpoint: `unix://${folder}/xds` }));
    await envoy.ready();
    await log.until('all types acknowledged', acked(TYPES, 1));
    const answers = () => envoy.stat('cluster.local_cluster.update_success');
    await poll({ what: 'answers about the local cluster', ask: answers, wanted: (count) => count > 0 });
    expect(await envoy.stat('cluster.local_cluster.membership_total')).toBe(0);
    expect(await (await fetch(`http://${await envoy.listenerAddress('in')}/`)).text()).toBe('fixed');
    expect(log.ofKind('rejected')).toEqual([]);
  });
});

describe.each(['sotw', 'delta'] as const)('two relays of one store, and two Envoys, %s,', (protocol) => {
  const RELOADS = ['http.in.rds.routes.config_reload'];
  const CHANGES = ['added', 'modified', 'removed'].flatMap((how) => [`cluster_manager.cluster_${how}`, `listener_manager.listener_${how}`]);
  const changesOf = (envoy: EnvoyProcess) => Promise.all([...CHANGES, ...RELOADS].map((name) => envoy.stat(name)));

  it('that move from one to the other run what they ran: versions are equal, and no cluster, listener or route is news', async () => {
    const relays = [await openRelay(), await openRelay()] as const;
    const forwarders: Forwarder[] = [];
    const envoys: EnvoyProcess[] = [];
    for (const { port, log } of relays) {
      const forwarder = opened.use(await startForwarder({ port, host: '127.0.0.1' }));
      forwarders.push(forwarder);
      envoys.push(await openEnvoy(stockBootstrap(protocol, forwarder.port)));
      await log.until('all types acknowledged', acked(TYPES, 1));
    }
    const versionsOf = (log: EventLog) => new Set(log.ofKind('sent').map(({ typeUrl, version }) => `${typeUrl} ${version}`));
    const [versions, others] = relays.map(({ log }) => versionsOf(log));
    expect(versions).toEqual(others);
    const before = await Promise.all(envoys.map(changesOf));
    const moved = relays.map(({ log }) => log.events.length);
    for (const [index, forwarder] of forwarders.entries()) forwarder.lead({ port: relays[1 - index]?.port ?? 0, host: '127.0.0.1' });
    // Endpoints always, routes in delta: whoever comes may be warming what needs them.
    const again = protocol === 'sotw' ? [ENDPOINT_TYPE] : [ENDPOINT_TYPE, ROUTE_TYPE];
    for (const [index, { log }] of relays.entries()) {
      const since = () => log.events.slice(moved[index]);
      const ofKind = (kind: 'sent' | 'acked') => since().flatMap((event) => (event.kind === kind ? [event.typeUrl] : []));
      await log.until('who has moved is current', () => again.every((type) => ofKind('acked').includes(type)));
      expect(ofKind('sent')).toEqual(again);
      expect(versionsOf(log)).toEqual(versions);
    }
    expect(await Promise.all(envoys.map(changesOf))).toEqual(before);
    await publish(snapshots, handMadeSnapshot({ n: 2, fixedPort, routeTo: 'discovered' }));
    for (const { log } of relays) await log.until('a change acknowledged', acked([ROUTE_TYPE], 2));
    const after = await Promise.all(envoys.map(changesOf));
    expect(after).toEqual(before.map((counts) => [...counts.slice(0, -1), (counts.at(-1) ?? 0) + 1]));
  });
});
