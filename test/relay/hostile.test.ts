import { type ClientHttp2Stream, constants } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { DeltaDiscoveryRequestSchema, DiscoveryRequestSchema } from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';
import { MemorySnapshots } from '@meshwright/local';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { AdsClient, type AdsStream } from './adsClient.ts';
import { handMadeSnapshot, PROXY } from './handMadeMesh.ts';
import { endOf, framed, HEALTH_CHECK, RawClient, type RawEnd, SOTW } from './rawClient.ts';
import { publish, startRelay, TRANSPORTS } from './relayUnderTest.ts';

const EFFORT = inject('effort');
const MIB = 1024 * 1024;
const DELTA = SOTW.replace('Stream', 'Delta');
const TYPES = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE, 'type.googleapis.com/x.Y', ''];
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** An empty SETTINGS frame. */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

describe.each(TRANSPORTS)('a relay with a hostile client, by %s', (transport) => {
  let snapshots: MemorySnapshots;
  let started: Awaited<ReturnType<typeof startRelay>>;
  let clients: { close(): void }[];
  let good: AdsStream;
  let n: number;

  beforeEach(async () => {
    n = 1;
    clients = [];
    snapshots = new MemorySnapshots();
    await publish(snapshots, handMadeSnapshot({ n, fixedPort: 1, routeTo: 'fixed' }));
    // As many new streams as they like: what is looked for is what they do once they are served.
    const settings = { streamsPerSecond: 1_000_000, streamBurst: 1_000_000, firstPushes: 1_000_000, streamsPerProxy: 1_000_000 };
    started = await startRelay({ snapshots, transport, settings });
    good = keep(new AdsClient(`127.0.0.1:${started.port}`)).sotw();
    good.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    const { nonce, version } = await good.next();
    good.ask({ typeUrl: CLUSTER_TYPE, nonce, version });
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await started.relay.close(1_000);
  });

  function keep<C extends { close(): void }>(client: C): C {
    clients.push(client);
    return client;
  }

  const raw = (): RawClient => keep(new RawClient(started.port));

  /** The other proxy on the relay gets an update, and so it does get one. */
  async function othersAreServed(): Promise<void> {
    n += 1;
    await publish(snapshots, handMadeSnapshot({ n, fixedPort: n, routeTo: 'fixed' }));
    const { nonce, version, typeUrl } = await good.next();
    expect(typeUrl).toBe(CLUSTER_TYPE);
    good.ask({ typeUrl: CLUSTER_TYPE, nonce, version });
  }

  /** Sends each as the whole of a stream; many at once, over a few connections that are replaced when they are cut. */
  async function sendAll(path: string, bodies: readonly Uint8Array[]): Promise<void> {
    const batch = 20;
    let client = raw();
    let answeredBatches = 0;
    for (let from = 0; from < bodies.length; from += batch) {
      if (client.session.closed || client.session.destroyed) client = raw();
      const ends = bodies.slice(from, from + batch).map((body) => client.call(path, body));
      const answers = await Promise.race([Promise.all(ends), client.closed]);
      if (from % 2_000 === 0) await othersAreServed();
      if (answers?.every(hasStatus) !== true) continue;
      // Whoever is answered, be it with errors, is not cut off for what was asked.
      expect(client.session).toMatchObject({ closed: false, destroyed: false });
      answeredBatches += 1;
    }
    expect(answeredBatches).toBeGreaterThan(0);
  }

  it('survives mutated requests', { timeout: 60_000 * Math.max(1, EFFORT) }, async () => {
    const requests = fc.sample(mutatedRequest, { numRuns: (transport === 'http2' ? 4_000 : 300) * EFFORT, seed: 1 });
    await sendAll(
      SOTW,
      requests.map((request) => framed(request)),
    );
    await sendAll(
      DELTA,
      requests.map((request) => framed(request)),
    );
    await othersAreServed();
  });

  it('survives mutated frames of gRPC', { timeout: 60_000 * Math.max(1, EFFORT) }, async () => {
    const framings = fc.sample(mutatedFraming, { numRuns: (transport === 'http2' ? 5_000 : 400) * EFFORT, seed: 2 });
    await sendAll(SOTW, framings);
    await othersAreServed();
  });

  it('survives mutated frames of HTTP/2', { timeout: 60_000 * Math.max(1, EFFORT) }, async () => {
    const conversations = fc.sample(mutatedConversation, { numRuns: (transport === 'http2' ? 6_000 : 500) * EFFORT, seed: 3 });
    for (let from = 0; from < conversations.length; from += 50) {
      await Promise.all(conversations.slice(from, from + 50).map((bytes) => say(started.port, bytes)));
      if (from % 500 === 0) await othersAreServed();
    }
    await othersAreServed();
  });

  it('cuts off who resets 10,000 streams', { timeout: 60_000 }, async () => {
    let reset = 0;
    while (reset < 10_000) {
      const client = raw();
      const before = reset;
      while (reset < 10_000 && !client.session.destroyed && !client.session.closed) {
        const streams = Array.from({ length: 20 }, () => client.open(SOTW));
        for (const stream of streams) stream.destroy();
        reset += streams.length;
        await Promise.race([turn(), client.closed]);
      }
      client.close();
      expect(reset).toBeGreaterThan(before);
    }
    await othersAreServed();
    await started.log.until('nothing is left of them', (log) => log.ofKind('connected').length - log.ofKind('gone').length === 1);
  });

  it('refuses bombs of headers', async () => {
    const bombs: Readonly<Record<string, string>>[] = [
      { large: 'x'.repeat(40_000) },
      Object.fromEntries(Array.from({ length: 500 }, (_, number) => [`header-${number}`, 'x'.repeat(100)])),
    ];
    for (const bomb of bombs) {
      const end = await raw().call(HEALTH_CHECK, undefined, bomb);
      expect(end).toSatisfy(isRefused);
    }
    expect(await raw().call(HEALTH_CHECK)).toMatchObject({ grpc: status.OK });
    await othersAreServed();
  });

  it('takes requests that trickle in byte by byte, and no memory for what is only claimed', { timeout: 60_000 }, async () => {
    const request = framed(encodedSotw({ typeUrl: CLUSTER_TYPE, node: { id: PROXY } }));
    const trickle = raw().open(SOTW);
    const answered = new Promise<void>((resolve) => trickle.once('data', () => resolve()));
    for (const byte of request) {
      trickle.write(Buffer.from([byte]));
      await turn();
    }
    await answered;
    const before = process.memoryUsage().rss;
    const claimed = Buffer.from([0, 0, 0xff, 0, 0, 0x0a]);
    for (let connection = 0; connection < 50; connection += 1) {
      const client = raw();
      for (let stream = 0; stream < 20; stream += 1) client.open(SOTW).write(claimed);
    }
    await othersAreServed();
    // 1,000 claims of 16 MiB.
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MIB);
  });

  it('serves beside 1,000 idle connections, of which some speak HTTP/2', { timeout: 60_000 }, async () => {
    const idle = Array.from({ length: 1_000 }, (_, number) => {
      const socket = connectTcp(started.port, '127.0.0.1');
      socket.on('error', () => {});
      if (number % 2 === 0) socket.write(Buffer.concat([PREFACE, SETTINGS]));
      return socket;
    });
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    await othersAreServed();
    for (const socket of idle) socket.destroy();
    await othersAreServed();
  });

  it('ends a stream that becomes another node’s', async () => {
    const stream = raw().open(SOTW);
    const ended = endOf(stream);
    // grpc-js waits for the client to end its side, too.
    stream.once('response', () => stream.end());
    stream.write(framed(encodedSotw({ typeUrl: CLUSTER_TYPE, node: { id: PROXY } })));
    stream.write(framed(encodedSotw({ typeUrl: CLUSTER_TYPE, node: { id: 'virtualNode/other' } })));
    expect(await ended).toMatchObject({ grpc: status.PERMISSION_DENIED });
    await othersAreServed();
  });

  it('bounds what one that does not read makes it keep', { timeout: 60_000 }, async () => {
    n += 1;
    await publish(snapshots, handMadeSnapshot({ n, fixedPort: 1, routeTo: 'fixed', paddingBytes: 4 * MIB }));
    const before = process.memoryUsage().arrayBuffers;
    const streams: ClientHttp2Stream[] = [];
    for (let connection = 0; connection < 50; connection += 1) {
      const stream = raw().open(SOTW);
      stream.write(framed(encodedSotw({ typeUrl: CLUSTER_TYPE, node: { id: PROXY } })));
      stream.write(framed(encodedSotw({ typeUrl: ROUTE_TYPE, resourceNames: ['routes'] })));
      streams.push(stream);
    }
    await started.log.until('all are known', (log) => log.ofKind('connected').length === 1 + streams.length);
    await othersAreServed();
    // One body for all of them, however many there are.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * MIB);
  });
});

/** Answered as gRPC answers, with any status and no reset. */
const hasStatus = ({ grpc, reset }: RawEnd): boolean => grpc !== undefined && reset === constants.NGHTTP2_NO_ERROR;

/** Told that it was too much: by gRPC's status, or by HTTP/2 before there was a call. */
const isRefused = ({ grpc, reset }: RawEnd): boolean =>
  grpc === status.RESOURCE_EXHAUSTED || reset === constants.NGHTTP2_REFUSED_STREAM || reset === constants.NGHTTP2_ENHANCE_YOUR_CALM;

const encodedSotw = (request: Parameters<typeof create<typeof DiscoveryRequestSchema>>[1]): Uint8Array =>
  toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, request));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const text = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('', '*', 'routes', 'x'.repeat(2_000)));

const sotwRequest = fc
  .record({
    versionInfo: text,
    typeUrl: fc.constantFrom(...TYPES),
    resourceNames: fc.array(text, { maxLength: 5 }),
    responseNonce: text,
    node: fc.option(fc.record({ id: fc.oneof(text, fc.constant(PROXY)), cluster: text }), { nil: undefined }),
    errorDetail: fc.option(fc.record({ code: fc.nat(20), message: text }), { nil: undefined }),
  })
  .map(({ node, errorDetail, ...request }) => encodedSotw({ ...request, ...(node && { node }), ...(errorDetail && { errorDetail }) }));

const deltaRequest = fc
  .record({
    typeUrl: fc.constantFrom(...TYPES),
    resourceNamesSubscribe: fc.array(text, { maxLength: 5 }),
    resourceNamesUnsubscribe: fc.array(text, { maxLength: 5 }),
    initialResourceVersions: fc.dictionary(fc.string({ maxLength: 10 }), text, { maxKeys: 5 }),
    node: fc.record({ id: fc.oneof(text, fc.constant(PROXY)) }),
  })
  .map((request) => toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, request)));

/** Bytes with some changed, dropped, doubled or added. */
function mutated(original: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ at: fc.nat(), kind: fc.constantFrom('set', 'cut', 'repeat', 'insert'), byte: fc.nat(255) });
  return fc.tuple(original, fc.array(change, { maxLength: 4 })).map(([bytes, changes]) => {
    let result = Buffer.from(bytes);
    for (const { at, kind, byte } of changes) {
      const place = at % (result.length + 1);
      const [before, after] = [result.subarray(0, place), result.subarray(place)];
      if (kind === 'cut') result = Buffer.from(before);
      else if (kind === 'repeat') result = Buffer.concat([before, before.subarray(-byte), after]);
      else result = Buffer.concat([before, Buffer.from([byte]), kind === 'set' ? after.subarray(1) : after]);
    }
    return result;
  });
}

const mutatedRequest = mutated(fc.oneof(sotwRequest, deltaRequest));
const mutatedFraming = mutated(fc.array(sotwRequest, { minLength: 1, maxLength: 3 }).map((all) => Buffer.concat(all.map(framed))));

const frame = fc
  .record({
    type: fc.oneof({ weight: 9, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.nat(255) }),
    flags: fc.constantFrom(0, 1, 4, 5, 8, 0x20, 0x2d, 255),
    stream: fc.constantFrom(0, 1, 1, 1, 2, 3, 5, 0x7fffffff),
    payload: fc.uint8Array({ maxLength: 40 }),
    lie: fc.constantFrom(0, 0, 0, 0, 1, -1, 100_000),
  })
  .map(({ type, flags, stream, payload, lie }) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(Math.max(0, payload.length + lie), 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  });

/** A HEADERS frame that opens a stream of the aggregated service, literal and without a table. */
const OPENING = openingFrame();

const mutatedConversation = fc.oneof(
  fc.array(frame, { maxLength: 8 }).map((frames) => Buffer.concat([PREFACE, SETTINGS, OPENING, ...frames])),
  mutated(fc.array(frame, { maxLength: 4 }).map((frames) => Buffer.concat([PREFACE, SETTINGS, OPENING, ...frames]))),
  fc.uint8Array({ maxLength: 200 }),
);

function openingFrame(): Buffer {
  const headers = { ':method': 'POST', ':scheme': 'http', ':path': SOTW, ':authority': 'relay', 'content-type': 'application/grpc' };
  const literal = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const block = Buffer.concat(Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
  const head = Buffer.alloc(9);
  head.writeUIntBE(block.length, 0, 3);
  head[3] = 1;
  head[4] = 4;
  head.writeUInt32BE(1, 5);
  return Buffer.concat([head, block]);
}

/** Says all of it, and leaves when the other side has read it or has left itself. */
async function say(port: number, bytes: Uint8Array): Promise<void> {
  const socket: Socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  socket.end(bytes);
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}
