import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { CLUSTER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { MemorySnapshots } from '@meshwright/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdsClient, openUnread } from './adsClient.ts';
import { handMadeSnapshot, PROXY } from './handMadeMesh.ts';
import { publish, startRelay, TRANSPORTS } from './relayUnderTest.ts';

const MIB = 1024 * 1024;

describe.each(TRANSPORTS)('the relay over TCP, by %s', (transport) => {
  let snapshots: MemorySnapshots;
  let started: Awaited<ReturnType<typeof startRelay>>;
  let clients: AdsClient[];

  beforeEach(async () => {
    clients = [];
    snapshots = new MemorySnapshots();
    await publish(snapshots, handMadeSnapshot({ n: 1, fixedPort: 1, routeTo: 'fixed' }));
    started = await startRelay({ snapshots, transport });
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await started.relay.close(1_000);
  });

  const connect = (address = `127.0.0.1:${started.port}`): AdsClient => {
    const client = new AdsClient(address);
    clients.push(client);
    return client;
  };

  it('answers both protocols', async () => {
    const sotw = connect().sotw();
    sotw.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    expect(await sotw.next()).toMatchObject({ typeUrl: CLUSTER_TYPE, resourceCount: 2 });
    const delta = connect().delta();
    delta.askDelta({ typeUrl: CLUSTER_TYPE, node: { id: PROXY } });
    expect(await delta.next()).toMatchObject({ typeUrl: CLUSTER_TYPE, resourceCount: 2 });
  });

  it('accepts a first delta request of 6 MiB, and refuses one past 16 MiB', async () => {
    const versions = (sizeBytes: number) =>
      Object.fromEntries(Array.from({ length: sizeBytes / 1024 }, (_, n) => [`cluster-${n}`, 'v'.repeat(1024)]));
    const large = connect().delta();
    large.askDelta({ typeUrl: CLUSTER_TYPE, node: { id: PROXY }, initialResourceVersions: versions(6 * MIB) });
    expect(await large.next()).toMatchObject({ resourceCount: 2 });
    const tooLarge = connect().delta();
    tooLarge.askDelta({ typeUrl: CLUSTER_TYPE, node: { id: PROXY }, initialResourceVersions: versions(17 * MIB) });
    expect((await tooLarge.ended).status).toBe(status.RESOURCE_EXHAUSTED);
  });

  it('ends a stream of malformed bytes with INVALID_ARGUMENT, a changed node with PERMISSION_DENIED, and serves the rest', async () => {
    const client = connect();
    const [good, malformed, changed] = [client.sotw(), client.sotw(), client.sotw()];
    good.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    malformed.call.write(Buffer.from([0x0a, 0x05, 0x00]));
    changed.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    changed.ask({ typeUrl: CLUSTER_TYPE, node: 'virtualNode/other' });
    expect((await malformed.ended).status).toBe(status.INVALID_ARGUMENT);
    expect((await changed.ended).status).toBe(status.PERMISSION_DENIED);
    const { nonce, version } = await good.next();
    good.ask({ typeUrl: CLUSTER_TYPE, nonce, version });
    good.ask({ typeUrl: ROUTE_TYPE, names: ['routes'] });
    expect(await good.next()).toMatchObject({ typeUrl: ROUTE_TYPE, resourceCount: 1 });
  });

  it('has no other method', async () => {
    const other = connect().method('FetchAggregatedResources');
    expect((await other.ended).status).toBe(status.UNIMPLEMENTED);
  });

  it('ends streams with OK when it closes, within the grace though a connection stays, and frees the port', async () => {
    const stream = connect().sotw();
    stream.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    await stream.next();
    // A peer that speaks no HTTP/2 and never leaves.
    const silent = createConnection(started.port, '127.0.0.1');
    const cut = new Promise<void>((resolve) => silent.on('close', () => resolve()).on('error', () => {}));
    await started.relay.close(200);
    expect((await stream.ended).status).toBe(status.OK);
    await cut;
    expect(started.log.ofKind('gone')).toHaveLength(1);
    started = await startRelay({ snapshots, transport, port: started.port });
  });

  it('takes a storm of 1,000 connections without losing one, and one change reaches them all', { timeout: 60_000 }, async () => {
    const streams = Array.from({ length: 1_000 }, () => connect().sotw());
    await Promise.all(
      streams.map(async (stream) => {
        stream.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
        const { nonce, version } = await stream.next();
        stream.ask({ typeUrl: CLUSTER_TYPE, nonce, version });
        stream.ask({ typeUrl: ROUTE_TYPE, names: ['routes'] });
        const routes = await stream.next();
        stream.ask({ typeUrl: ROUTE_TYPE, names: ['routes'], nonce: routes.nonce, version: routes.version });
      }),
    );
    await publish(snapshots, handMadeSnapshot({ n: 2, fixedPort: 1, routeTo: 'discovered' }));
    const versions = await Promise.all(streams.map(async (stream) => (await stream.next()).version));
    expect(new Set(versions).size).toBe(1);
    await started.log.until('all are connected', (log) => log.ofKind('connected').length === 1_000);
  });

  it('does not pile up updates for a client that does not read', async () => {
    const stream = connect().sotw();
    stream.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    const { nonce, version } = await stream.next();
    stream.ask({ typeUrl: CLUSTER_TYPE, nonce, version });
    stream.call.pause();
    for (let n = 2; n <= 50; n += 1) await publish(snapshots, handMadeSnapshot({ n, fixedPort: n, routeTo: 'fixed' }));
    stream.call.resume();
    const late = await stream.next();
    stream.ask({ typeUrl: CLUSTER_TYPE, nonce: late.nonce, version: late.version });
    await started.log.until('the newest is sent', (log) => log.ofKind('sent').some(({ snapshotVersion }) => snapshotVersion === '1.50.1'));
    expect(started.log.ofKind('sent').length).toBeLessThanOrEqual(3);
  });

  it('holds one body for a client that does not read, however long and however often it changes', async () => {
    let now = 0;
    const sizeBytes = 4 * MIB;
    const slowRelay = await startRelay({
      snapshots,
      transport,
      now: () => now,
      settings: { ackWaitMillis: 1_000, clusterRequestWaitMillis: 0 },
    });
    const deaf = openUnread(slowRelay.port, { typeUrl: ROUTE_TYPE, resourceNames: ['routes'], node: { id: PROXY } });
    await slowRelay.log.until('the first answer is sent', (log) => log.ofKind('sent').length === 1);
    const reader = connect(`127.0.0.1:${slowRelay.port}`).sotw();
    reader.ask({ typeUrl: ROUTE_TYPE, names: ['routes'], node: PROXY });
    const first = await reader.next();
    reader.ask({ typeUrl: ROUTE_TYPE, names: ['routes'], nonce: first.nonce, version: first.version });
    const sentTo = (session: number) => slowRelay.log.ofKind('sent').filter((event) => event.session === session);
    for (let n = 2; n <= 10; n += 1) {
      await publish(snapshots, handMadeSnapshot({ n, fixedPort: n, routeTo: 'fixed', paddingBytes: sizeBytes + n }));
      const { nonce, version } = await reader.next();
      reader.ask({ typeUrl: ROUTE_TYPE, names: ['routes'], nonce, version });
      // Past the bound newer content no longer waits for the acknowledgement of older: only the transport holds it back.
      now += 2_000;
    }
    const [silent, served] = [...new Set(slowRelay.log.ofKind('connected').map(({ session }) => session))];
    expect(sentTo(served ?? 0)).toHaveLength(10);
    // The first answer, and the one that fills the window.
    expect(sentTo(silent ?? 0)).toHaveLength(2);
    deaf.resume();
    await slowRelay.log.until('the newest is sent', () => sentTo(silent ?? 0).some(({ snapshotVersion }) => snapshotVersion === '1.10.1'));
    expect(sentTo(silent ?? 0)).toHaveLength(3);
    deaf.session?.destroy();
    await slowRelay.relay.close(1_000);
  });

  it('listens on a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'relay-'));
    const bySocket = await startRelay({ snapshots, transport, address: `unix:${folder}/xds` });
    const stream = connect(`unix:${folder}/xds`).sotw();
    stream.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    expect(await stream.next()).toMatchObject({ resourceCount: 2 });
    await bySocket.relay.close(1_000);
    await rm(folder, { recursive: true });
  });

  it('names what is wrong with an address, and a port that is taken', async () => {
    await expect(startRelay({ snapshots, address: 'nowhere' })).rejects.toThrow('neither host:port nor unix:/path');
    await expect(startRelay({ snapshots, transport, port: started.port })).rejects.toThrow('EADDRINUSE');
  });
});
