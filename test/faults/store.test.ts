import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { MemorySnapshots } from '@meshwright/local';
import { CachedSnapshots } from '@meshwright/snapshot';
import { FailingSnapshots, type SnapshotFault } from '@meshwright/snapshot/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { poll } from '../process/poll.ts';
import { acked } from '../relay/envoyOnRelay.ts';
import { type EnvoyProcess, startEnvoy } from '../relay/envoyProcess.ts';
import { encodedAssignment, type HandMade, handMadeSnapshot, PROXY } from '../relay/handMadeMesh.ts';
import { type Load, startLoad } from '../relay/load.ts';
import { type EventLog, publish, startRelay, TestEndpoints } from '../relay/relayUnderTest.ts';
import { envoyBinary } from '../setup/parts.ts';
import { inSteps } from '../setup/steps.ts';
import { SlowSnapshots } from './slowSnapshots.ts';

const AWAY: readonly SnapshotFault[] = ['headUnavailable', 'objectUnavailable', 'watchFails'];

/** Requests that an Envoy serves while there is no control plane: some seconds of them, one after the other on four connections. */
const ALONE = inject('effort') > 1 ? 9_000 : 3_000;
/** Twenty times as long as they take, for busy machines. */
const ALONE_TIMEOUT_MILLIS = 60 * ALONE;

const inner = new MemorySnapshots();
const failing = new FailingSnapshots(inner);
const slow = new SlowSnapshots(failing);
const endpoints = new TestEndpoints();
const opened = new AsyncDisposableStack();

let folder: string;
let cached: CachedSnapshots;
let relay: Awaited<ReturnType<typeof startRelay>>;
const troubles: string[] = [];
let envoy: EnvoyProcess;
let load: Load;
let fixedPort: number;
let port: number;
let version = 0;

async function put(change: Partial<HandMade> = {}): Promise<void> {
  version += 1;
  await publish(inner, handMadeSnapshot({ n: version, fixedPort, routeTo: 'fixed', statPrefix: `in${version}`, ...change }));
}

/** A relay whose process is new; what it had on disk is there. */
async function start(at = 0): Promise<void> {
  cached = await CachedSnapshots.open(slow, { folder, onTrouble: (path, cause) => troubles.push(`${path}: ${String(cause)}`) });
  relay = await startRelay({ snapshots: cached, endpoints, port: at, settings: { retryMillis: 50 } });
}

const hasListener = (log: EventLog): boolean => acked([LISTENER_TYPE], version)(log);

async function startNewEnvoy(): Promise<EnvoyProcess> {
  const started = await startEnvoy(await envoyBinary(), { nodeId: PROXY, xdsPort: relay.port, protocol: 'sotw' });
  opened.defer(() => started.stop());
  return started;
}

const callOf = async (proxy: EnvoyProcess): Promise<string> => (await fetch(`http://${await proxy.listenerAddress('in')}/`)).text();

inSteps();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-store-'));
  opened.defer(async () => {
    await cached.settled();
    await rm(folder, { recursive: true });
  });
  const app = createServer((_request, response) => response.end('fixed')).listen(0, '127.0.0.1');
  await once(app, 'listening');
  opened.defer(() => {
    app.closeAllConnections();
    app.close();
  });
  fixedPort = (app.address() as AddressInfo).port;
  endpoints.set('discovered', encodedAssignment('discovered', fixedPort));
  await put();
  await start();
  opened.defer(() => relay.relay.close(0));
  envoy = await startNewEnvoy();
  await relay.log.until('all types', acked([CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE], 1));
  load = startLoad(`http://${await envoy.listenerAddress('in')}/`);
});
afterAll(() => opened.disposeAsync());

describe('a running Envoy, under load', () => {
  it.each<[string, readonly SnapshotFault[]]>([
    ['is away', AWAY],
    ['tells heads, but no objects', ['objectUnavailable']],
    ['has an object that was written by half', ['objectTruncated']],
    ['has an object with other bytes', ['objectCorrupt']],
    ['has lost an object', ['objectMissing']],
    ['answers an error now and then', ['headUnavailable']],
  ])('keeps what it runs while the store %s, and has the newest after that', async (_, faults) => {
    for (const fault of faults) failing.fail(fault, Number.POSITIVE_INFINITY);
    const unreadable = relay.log.ofKind('snapshotUnreadable').length;
    const sent = relay.log.ofKind('sent').length;
    const isHeadOnly = faults.length === 1 && faults[0] === 'headUnavailable';
    await put();
    // Who watches heads needs not ask for one: nothing fails then.
    if (!isHeadOnly) {
      await relay.log.until('the fault', (log) => log.ofKind('snapshotUnreadable').length > unreadable + 1);
      expect(relay.log.ofKind('sent')).toHaveLength(sent);
      expect(await callOf(envoy)).toBe('fixed');
    }
    failing.heal();
    await relay.log.until('the newest', hasListener);
  });

  it('keeps what it runs while the store is slow, and goes straight to the newest', async () => {
    slow.stop();
    const sent = relay.log.ofKind('sent').length;
    await put();
    await put();
    expect(await callOf(envoy)).toBe('fixed');
    expect(relay.log.ofKind('sent')).toHaveLength(sent);
    slow.goOn();
    await relay.log.until('the newest', hasListener);
  });

  it(
    `serves ${ALONE} requests without any control plane`,
    async () => {
      ({ port } = relay);
      await relay.relay.close(0);
      // What was read is on disk soon after.
      await cached.settled();
      const before = load.answered();
      const ask = async (): Promise<number> => load.answered() - before;
      await poll({ what: 'requests', ask, wanted: (answered) => answered >= ALONE, timeoutMillis: ALONE_TIMEOUT_MILLIS });
    },
    ALONE_TIMEOUT_MILLIS + 30_000,
  );

  it('and a new one are served from disk by a relay that starts while the store is away', async () => {
    for (const fault of AWAY) failing.fail(fault, Number.POSITIVE_INFINITY);
    await start(port);
    await relay.log.until('its return', (log) => log.ofKind('connected').length > 0);
    const another = await startNewEnvoy();
    await another.ready();
    expect(await callOf(another)).toBe('fixed');
    expect(relay.log.ofKind('sent').filter(({ resourceCount }) => resourceCount === 0)).toEqual([]);
    await put();
    failing.heal();
    await relay.log.until('the newest, on both', (log) => {
      const has = log
        .ofKind('acked')
        .filter(({ typeUrl, snapshotVersion }) => typeUrl === LISTENER_TYPE && snapshotVersion === `1.${version}.1`);
      return new Set(has.map(({ session }) => session)).size === 2;
    });
  });

  it('has lost no request by then, refused nothing, and was never sent nothing at all', async () => {
    const { answers, failures } = await load.end();
    expect([failures, troubles]).toEqual([[], []]);
    expect(Object.keys(answers)).toEqual(['fixed']);
    expect(relay.log.ofKind('rejected')).toEqual([]);
    for (const stat of ['cluster_manager.cds.update_rejected', 'listener_manager.lds.update_rejected'])
      expect(await envoy.stat(stat)).toBe(0);
  });
});
