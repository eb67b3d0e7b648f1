import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@bufbuild/protobuf';
import { CLUSTER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { type LocalFleet, MemorySnapshots, MemoryStore, openLocalFleet } from '@meshwright/local';
import { createRelay, type Relay } from '@meshwright/relay';
import { HOLD_LIMITS, HoldDecider, type HoldNews, type MeshSnapshot } from '@meshwright/snapshot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { poll } from '../process/poll.ts';
import { type EnvoyProcess, startEnvoy } from '../relay/envoyProcess.ts';
import { EventLog, publish } from '../relay/relayUnderTest.ts';
import { envoyBinary } from '../setup/parts.ts';
import { type Addition, MESH, PROXY, snapshotOf, virtualHost } from './content.ts';

const NODES = ['a', 'b', 'c', 'd'];
const CLUSTER = 'cds_egress_apps_b_http_8080';
const setTimer = (callback: () => void, millis: number): (() => void) => {
  const timer = setTimeout(callback, millis);
  return () => clearTimeout(timer);
};

/** A relay, what it reports, and a decider beside it. */
interface Site {
  readonly relay: Relay;
  readonly port: number;
  readonly fleet: LocalFleet;
  readonly log: EventLog;
}

const cluster = (address: string, timeout = '1s'): JsonObject => ({
  name: CLUSTER,
  type: 'STATIC',
  connect_timeout: timeout,
  load_assignment: {
    cluster_name: CLUSTER,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address, port_value: 1 } } } }] }],
  },
});

/** The same for four nodes, of two parts. */
function fleetOf(revision: bigint, ...additions: readonly Addition[]): MeshSnapshot {
  const parts = additions.map((addition) => snapshotOf(revision, addition));
  const [first] = parts;
  const proxy = first?.proxies.get(PROXY);
  if (first === undefined || proxy === undefined) throw new Error('no content');
  const types = new Map(proxy.types);
  for (const [place, part] of parts.entries()) {
    const type = additions[place]?.type ?? '';
    const own = part.proxies.get(PROXY)?.types.get(type);
    if (own !== undefined) types.set(type, own);
  }
  const sources = new Map(parts.flatMap((part) => [...(part.proxies.get(PROXY)?.sources ?? [])]));
  const resources = new Map(parts.flatMap((part) => [...part.resources]));
  return { ...first, resources, proxies: new Map(NODES.map((name) => [`virtualNode/${name}`, { ...proxy, types, sources }])) };
}

const clusters = (resource: JsonObject): Addition => ({ type: CLUSTER_TYPE, resource });
const routes = (domain: string): Addition => ({
  type: ROUTE_TYPE,
  resource: { name: 'rds_egress_http_8080', virtual_hosts: [virtualHost('b.local', [domain])] },
});

describe.each(['sotw', 'delta'] as const)('content that real Envoys refuse at two relays, %s', (protocol) => {
  let opened: AsyncDisposableStack;
  let snapshots: MemorySnapshots;
  let sites: readonly [Site, Site];
  let news: HoldNews[];

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    news = [];
    snapshots = new MemorySnapshots();
    const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'meshwright-holding-')), (path) => rm(path, { recursive: true }));
    sites = [await site('r1', folder), await site('r2', folder)];
  });
  afterEach(() => opened.disposeAsync());

  async function site(name: string, dataFolder: string): Promise<Site> {
    const failed = (cause: unknown): void => {
      throw cause;
    };
    const fleet = openLocalFleet({
      relay: name,
      dataFolder,
      snapshots,
      store: new MemoryStore(),
      now: Date.now,
      setTimer,
      onFailure: failed,
    });
    opened.defer(() => fleet.close());
    const log = new EventLog();
    const relay = createRelay(
      {
        snapshots,
        endpoints: { current: () => undefined, subscribe: () => () => {} },
        authenticate: (_peer, { id }) => ({ kind: 'proxy', mesh: MESH, proxy: id.replace('mesh/apps/', '') }),
        onStatus: (event) => {
          fleet.take(event);
          log.add(event);
        },
        now: () => performance.now(),
        setTimer,
        settings: { warmUpStreams: 0 },
      },
      { random: Math.random },
    );
    opened.defer(() => relay.close(0));
    const parts = { snapshots, reports: fleet.reports, limits: { ...HOLD_LIMITS, share: undefined }, setTimer };
    const decider = new HoldDecider({ ...parts, onNews: (one) => news.push(one), onFailure: (_, cause) => failed(cause), lookMillis: 300 });
    opened.defer(() => decider.close());
    return { relay, fleet, log, port: (await relay.listen('127.0.0.1:0')).port };
  }

  async function envoy(node: string, { port }: Site): Promise<EnvoyProcess> {
    const process = await startEnvoy(await envoyBinary(), { nodeId: `mesh/apps/virtualNode/${node}`, xdsPort: port, protocol });
    opened.defer(() => process.stop());
    await process.ready();
    return process;
  }

  const held = async () => (await snapshots.head(MESH))?.held;
  const runs = (one: EnvoyProcess, text: string) =>
    poll({ what: text, ask: () => one.admin('/config_dump'), wanted: (dump) => dump.includes(text) });
  const diagnostics = async () => {
    const view = sites[0].fleet.withRefusals({ diagnostics: async () => ({ revision: 1n, diagnostics: [] }) });
    const [owner = '', mesh = ''] = MESH.split('/');
    return (await view.diagnostics({ owner, mesh }))?.diagnostics ?? [];
  };

  test('goes to no further node, which has the last that was accepted, and every other change; good content ends it', async () => {
    await publish(snapshots, fleetOf(1n, clusters(cluster('127.0.0.1')), routes('one.local')));
    const early = await Promise.all([envoy('a', sites[0]), envoy('b', sites[0]), envoy('c', sites[1])]);

    await publish(snapshots, fleetOf(2n, clusters(cluster('not-an-address')), routes('one.local')));
    await poll({ what: 'the hold', ask: held, wanted: (list) => list?.length === 1 });
    expect(await held()).toMatchObject([{ typeUrl: CLUSTER_TYPE, name: CLUSTER }]);
    expect(news.filter((one) => one.held.length > 0)).toMatchObject([
      { held: [{ nodes: ['virtualNode/a', 'virtualNode/b', 'virtualNode/c'], message: expect.stringContaining('not-an-address') }] },
    ]);
    expect((await diagnostics()).filter(({ code }) => code === 'held-back')).toMatchObject([
      {
        severity: 'error',
        ref: { kind: 'virtualNode', name: 'b' },
        message: expect.stringMatching(/too many refused it: virtualNode\/a.*not-an-address/),
      },
    ]);

    const late = await envoy('d', sites[1]);
    await runs(late, CLUSTER);
    await publish(snapshots, fleetOf(3n, clusters(cluster('not-an-address')), routes('two.local')));
    for (const one of [...early, late]) await runs(one, 'two.local');
    expect(await held()).toHaveLength(1);
    expect(await late.stat('cluster_manager.cds.update_rejected')).toBe(0);
    expect(await late.admin('/config_dump')).not.toContain('not-an-address');

    await publish(snapshots, fleetOf(4n, clusters(cluster('127.0.0.1', '7s')), routes('two.local')));
    for (const one of [...early, late]) await runs(one, '"connect_timeout": "7s"');
    await poll({ what: 'the release', ask: held, wanted: (list) => list === undefined });
    await poll({ what: 'its news', ask: async () => news.some(({ released }) => released.length === 1), wanted: Boolean });
    expect((await diagnostics()).filter(({ code }) => code === 'held-back')).toEqual([]);
  });
});
