// Hostile clients in a process of their own, one of each kind at work at any time and as fast as they can: told the relay's port as
// argument, print what they did once a second, end with their parent.
import { randomBytes, randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import { DiscoveryRequestSchema } from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';
import { PROXY } from '../../relay/handMadeMesh.ts';
import { framed, RawClient, SOTW } from '../../relay/rawClient.ts';

/** How often each kind was done, as this process prints it. */
export type Attacks = Record<'requests' | 'resets' | 'bombs' | 'connections', number>;

const port = Number(process.argv[2]);
const done: Attacks = { requests: 0, resets: 0, bombs: 0, connections: 0 };
const valid = framed(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { typeUrl: CLUSTER_TYPE, node: { id: PROXY } })));

const idle: Socket[] = [];
const MOST_IDLE = 1_000;

process.once('disconnect', () => process.exit());
setInterval(() => process.stdout.write(`${JSON.stringify(done)}\n`), 1_000);
for (const attack of [mutatedRequests, resets, headerBombs, idleConnections]) void repeat(attack);

async function repeat(attack: () => Promise<void>): Promise<void> {
  for (;;) {
    await attack();
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Streams whose request has bytes that are not as they should be. */
async function mutatedRequests(): Promise<void> {
  const client = new RawClient(port);
  const calls = Array.from({ length: 20 }, () => client.call(SOTW, mutated(valid)));
  done.requests += calls.length;
  await Promise.race([Promise.all(calls), client.closed]);
  client.close();
}

function mutated(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let change = 0; change < 3; change++) copy[randomInt(copy.length)] = randomInt(256);
  return copy;
}

/** Streams that are reset as soon as they are opened, until the relay cuts the connection. */
async function resets(): Promise<void> {
  const client = new RawClient(port);
  while (!client.session.destroyed && !client.session.closed) {
    for (let stream = 0; stream < 20; stream++) client.open(SOTW).destroy();
    done.resets += 20;
    await Promise.race([turn(), client.closed]);
  }
  client.close();
}

async function headerBombs(): Promise<void> {
  const client = new RawClient(port);
  done.bombs += 1;
  await Promise.race([client.call(SOTW, valid, { bomb: 'x'.repeat(40_000) }), client.closed]);
  client.close();
}

/** A thousand connections that say a little nonsense or nothing; the oldest goes for each that comes. */
async function idleConnections(): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.on('data', () => {});
  if (randomInt(2) === 0) socket.write(randomBytes(randomInt(1, 100)));
  done.connections += 1;
  idle.push(socket);
  await Promise.race(['connect', 'close'].map((event) => new Promise((resolve) => socket.once(event, resolve))));
  if (idle.length > MOST_IDLE) idle.shift()?.destroy();
}
