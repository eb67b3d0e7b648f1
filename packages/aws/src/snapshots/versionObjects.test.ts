import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { SnapshotsUnavailable } from '@meshwright/snapshot';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { VersionObjects } from './versionObjects.ts';

const KEY = `1.1.1-${'0'.repeat(32)}`;
/** Fewer than there are reads, as with the client's own 50. */
const CONNECTIONS = 2;
const MAX_BYTES = 100_000;

let answer: (response: ServerResponse) => void;
let server: ReturnType<typeof createServer>;
let s3: S3Client;
let objects: VersionObjects;
beforeEach(async () => {
  server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const requestHandler = { httpAgent: { maxSockets: CONNECTIONS } };
  s3 = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, requestHandler, maxAttempts: 1 });
  objects = new VersionObjects({ s3, bucket: 'snapshots', prefix: '', maxBytes: MAX_BYTES });
});
afterEach(async () => {
  s3.destroy();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

const chunk = Buffer.alloc(65_536);

it.each([
  ['says so', (response: ServerResponse) => response.writeHead(200, { 'content-length': MAX_BYTES + 1 }).write(chunk)],
  ['does not say how long it is and never ends', (response: ServerResponse) => void pipeline(endless, response).catch(() => undefined)],
])('refuses an object too large that %s, as often as it is asked for', async (_, answering) => {
  answer = answering;
  for (let read = 0; read <= CONNECTIONS; read++) {
    await expect(objects.read('m', KEY)).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason: 'oversized', key: KEY });
  }
});

it('takes an answer that breaks off for an outage, not for a damaged object', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': 3 });
    response.write('ab', () => response.destroy());
  };
  await expect(objects.read('m', KEY)).rejects.toThrow(SnapshotsUnavailable);
});

it('reads an object whose length is not told', async () => {
  answer = (response) => {
    response.write('ab');
    response.end('c');
  };
  expect(Buffer.from(await objects.read('m', KEY)).toString()).toBe('abc');
});

function* endless(): Generator<Buffer> {
  for (;;) yield chunk;
}
