import { constants } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { MemorySnapshots } from '@meshwright/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endOf, framed, HEALTH_CHECK, HEALTH_WATCH, RawClient, SOTW } from './rawClient.ts';
import { startRelay, TRANSPORTS } from './relayUnderTest.ts';

const SERVING = framed(Buffer.from([0x08, 1]));
const NOT_SERVING = framed(Buffer.from([0x08, 2]));
const UNKNOWN = framed(Buffer.from([0x08, 3]));

const about = (service: string): Buffer => framed(Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]));

describe.each(TRANSPORTS)('the relay asked by any gRPC client, by %s', (transport) => {
  let started: Awaited<ReturnType<typeof startRelay>>;
  let client: RawClient;
  let ready: boolean;

  beforeEach(async () => {
    ready = true;
    const readiness = { check: async () => (ready ? { isReady: true as const } : { isReady: false as const, reasons: ['nothing yet'] }) };
    const authenticate = () => expect.unreachable('health needs no identity');
    started = await startRelay({ snapshots: new MemorySnapshots(), transport, readiness, authenticate, settings: { retryMillis: 5 } });
    client = new RawClient(started.port);
  });
  afterEach(async () => {
    client.close();
    await started.relay.close(1_000);
  });

  it('says that it serves: as a whole, and each service it has', async () => {
    for (const request of [framed(Buffer.alloc(0)), about('envoy.service.discovery.v3.AggregatedDiscoveryService')]) {
      expect(await client.call(HEALTH_CHECK, request)).toMatchObject({ http: 200, grpc: status.OK, data: SERVING });
    }
    expect(await client.call(HEALTH_CHECK, about('no.such.Service'))).toMatchObject({ grpc: status.NOT_FOUND });
    expect(await client.call(HEALTH_CHECK, framed(Buffer.from([0x0a, 9])))).toMatchObject({ grpc: status.INVALID_ARGUMENT });
  });

  it('tells who watches when it begins to serve, when it stops, and of a service it does not know', async () => {
    ready = false;
    const fresh = await startRelay({
      snapshots: new MemorySnapshots(),
      transport,
      settings: { retryMillis: 5 },
      readiness: { check: async () => (ready ? { isReady: true } : { isReady: false, reasons: ['nothing yet'] }) },
    });
    const watcher = new RawClient(fresh.port);
    const unknown = watcher.open(HEALTH_WATCH);
    unknown.end(about('no.such.Service'));
    const watch = watcher.open(HEALTH_WATCH);
    watch.end(framed(Buffer.alloc(0)));
    const ended = endOf(watch);
    const next = (stream: typeof watch) => new Promise<Buffer>((resolve) => stream.once('data', resolve));
    expect(await Promise.all([next(unknown), next(watch)])).toEqual([UNKNOWN, NOT_SERVING]);
    ready = true;
    expect(await next(watch)).toEqual(SERVING);
    await fresh.relay.close(1_000);
    const { grpc, data } = await ended;
    expect([grpc, data.subarray(-NOT_SERVING.length)]).toEqual([status.OK, NOT_SERVING]);
    watcher.close();
  });

  it.each([
    '/',
    `${SOTW}/`,
    `/${SOTW}`,
    `${SOTW}?x=1`,
    `${SOTW}#x`,
    SOTW.toLowerCase(),
    SOTW.replace('Stream', '%53tream'),
    SOTW.replace('/envoy', '/./envoy'),
    `${HEALTH_CHECK}/../Check`,
    '/envoy.service.discovery.v3.AggregatedDiscoveryService/FetchAggregatedResources',
    '/envoy.service.discovery.v3.ClusterDiscoveryService/StreamClusters',
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    '/__proto__',
    '/constructor',
    `/${'x'.repeat(4_000)}`,
  ])('answers the path %s with UNIMPLEMENTED', async (path) => {
    expect(await client.call(path)).toMatchObject({ http: 200, grpc: status.UNIMPLEMENTED });
    expect(await client.call(HEALTH_CHECK)).toMatchObject({ grpc: status.OK });
  });

  it.each(['__proto__', '*', ''])('resets a stream whose path is no path, as HTTP/2 has it: %j', async (path) => {
    expect(await client.call(path)).toMatchObject({ http: undefined, grpc: undefined, reset: constants.NGHTTP2_PROTOCOL_ERROR });
    const other = new RawClient(started.port);
    expect(await other.call(HEALTH_CHECK)).toMatchObject({ grpc: status.OK });
    other.close();
  });

  it('does not answer what is no gRPC as if it were', async () => {
    expect(await client.call(HEALTH_CHECK, undefined, { 'content-type': 'application/json' })).toMatchObject({
      http: 415,
      grpc: undefined,
    });
  });

  it('takes one request in a unary call, and a whole one', async () => {
    const twice = Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))]);
    expect((await client.call(HEALTH_CHECK, twice)).grpc).not.toBeUndefined();
    expect(await client.call(HEALTH_CHECK, Buffer.alloc(0))).toMatchObject({ grpc: status.INVALID_ARGUMENT });
    expect((await client.call(HEALTH_CHECK, Buffer.from([0, 0, 0, 0, 9, 1]))).grpc).not.toBe(status.OK);
    expect(await client.call(HEALTH_CHECK)).toMatchObject({ grpc: status.OK, reset: constants.NGHTTP2_NO_ERROR });
  });

  it('refuses compressed messages, and those past 16 MiB before they are sent', async () => {
    // grpc-js takes the flag without an encoding for a message as it is, which is none.
    const refused = transport === 'http2' ? status.UNIMPLEMENTED : status.INVALID_ARGUMENT;
    expect(await client.call(SOTW, Buffer.from([1, 0, 0, 0, 1, 0]))).toMatchObject({ grpc: refused });
    const stream = client.open(SOTW);
    const ended = endOf(stream);
    stream.write(Buffer.from([0, 1, 0, 0, 1]));
    // grpc-js waits for the client to end its side, too.
    stream.once('response', () => stream.end());
    expect(await ended).toMatchObject({ grpc: status.RESOURCE_EXHAUSTED });
  });
});
