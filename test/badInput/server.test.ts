import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiRequestEvent } from '@meshwright/api';
import { type LocalServer, startLocal } from '@meshwright/local';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RawAnswer, requestText, sendRaw } from './rawHttp.ts';

const MESHES = '/v20190125/meshes';
const HOST = 'host: localhost\r\nconnection: close\r\n';
const CHUNKED = 'transfer-encoding: chunked\r\n';
const BODY = '{"meshName":"refused"}';

let dataFolder: string;
let server: LocalServer;
const events: ApiRequestEvent[] = [];
let onEvent: (event: ApiRequestEvent) => void;

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'meshwright-bad-input-'));
  server = await startLocal({ apiPort: 0, xdsPort: 0, dataFolder, onRequest: (event) => onEvent(event) });
});

beforeEach(() => {
  events.length = 0;
  onEvent = (event) => events.push(event);
});

afterAll(async () => {
  await server?.close();
  await rm(dataFolder, { recursive: true });
});

const meshNames = async (): Promise<unknown> => (await (await fetch(server.apiUrl + MESHES)).json()) as unknown;

function expectTyped({ status, headers, body }: RawAnswer, type: string): void {
  expect(headers.get('x-amzn-errortype')).toBe(type);
  expect(headers.get('x-amzn-requestid')).toMatch(/^[\da-f-]{36}$/);
  expect(headers.get('content-type')).toBe('application/json');
  expect(status).toBeLessThan(500);
  expect(JSON.parse(body)).toEqual({ message: expect.stringMatching(/\.$/) });
}

describe('what the HTTP server refuses is answered as JSON with its reason, and the connection closed', () => {
  it.each([
    ['no Host', `PUT ${MESHES} HTTP/1.1\r\ncontent-length: 22\r\n\r\n${BODY}`, 400, 'Host is missing'],
    ['two Hosts', `GET ${MESHES} HTTP/1.1\r\nhost: other\r\n${HOST}\r\n`, 400, 'Host is given 2 times'],
    ['a Host with a space', `GET ${MESHES} HTTP/1.1\r\nhost: a b\r\n\r\n`, 400, 'Host is "a b"'],
    ['a Host with a user', `GET ${MESHES} HTTP/1.1\r\nhost: user@local\r\n\r\n`, 400, 'Host is "user@local"'],
    [
      'a Host that would clear a terminal',
      Buffer.from(`GET ${MESHES} HTTP/1.1\r\nhost: a\x9b2J\r\n\r\n`, 'latin1'),
      400,
      'Host is "a\\u{9b}2J"',
    ],
    ['a Host with a path', `GET ${MESHES} HTTP/1.1\r\nhost: local/x\r\n\r\n`, 400, 'Host is "local/x"'],
    ['a Host whose port is none', `GET ${MESHES} HTTP/1.1\r\nhost: localhost:99999\r\nconnection: close\r\n\r\n`, 400, 'make no URL'],
    ['an absolute target that is no URL', `GET http://[::x${MESHES} HTTP/1.1\r\n${HOST}\r\n`, 400, 'make no URL'],
    ['a target of another scheme', `GET ftp://local${MESHES} HTTP/1.1\r\n${HOST}\r\n`, 400, 'make no URL'],
    ['the target *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 400, 'make no URL'],
    ['a target without a slash', `GET meshes HTTP/1.1\r\n${HOST}\r\n`, 400, 'Invalid char'],
    ['a raw backslash', `DELETE ${MESHES}\\m HTTP/1.1\r\n${HOST}\r\n`, 400, 'Backslash'],
    ['raw UTF-8 in the target', `GET ${MESHES}/\u00fc HTTP/1.1\r\n${HOST}\r\n`, 400, 'Invalid char'],
    ['a NUL in a header', `GET ${MESHES} HTTP/1.1\r\n${HOST}x: a\0b\r\n\r\n`, 400, 'Invalid header value char'],
    ['a folded header', `GET ${MESHES} HTTP/1.1\r\n${HOST}x: a\r\n b\r\n\r\n`, 400, 'not HTTP/1.1'],
    ['an unknown method', `FOO ${MESHES} HTTP/1.1\r\n${HOST}\r\n`, 400, 'Invalid method'],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'not HTTP/1.1'],
    ['a version to come', `GET ${MESHES} HTTP/3.0\r\n${HOST}\r\n`, 400, 'Invalid HTTP version'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'speaks HTTP/1.1'],
    ['a TLS handshake', Buffer.from('16030100c8010000c40303', 'hex'), 400, 'Use http://'],
    ['17 KiB of headers', `GET ${MESHES} HTTP/1.1\r\n${HOST}x: ${'x'.repeat(17 * 1024)}\r\n\r\n`, 431, '16 KiB'],
    ['5 MB of headers', `GET ${MESHES} HTTP/1.1\r\n${HOST}x: ${'x'.repeat(5_000_000)}\r\n\r\n`, 431, '16 KiB'],
    ['4,000 headers', `GET ${MESHES} HTTP/1.1\r\n${HOST}${'a:\r\n'.repeat(4000)}\r\n`, 431, '16 KiB'],
    ['a target of 17 KiB', `GET /${'a'.repeat(17 * 1024)} HTTP/1.1\r\n${HOST}\r\n`, 431, '16 KiB'],
    ['an expectation', requestText('PUT', MESHES, ['expect: 200-ok'], BODY), 417, 'Expect is "200-ok"'],
    ['a chunk size that is none', `PUT ${MESHES} HTTP/1.1\r\n${HOST}${CHUNKED}\r\nzz\r\n${BODY}\r\n0\r\n\r\n`, 400, 'chunk size'],
    ['a second chunk that is none', `PUT ${MESHES} HTTP/1.1\r\n${HOST}${CHUNKED}\r\n16\r\n${BODY}\r\nzz\r\n`, 400, 'chunk size'],
    ['chunk extensions of 17 KiB', `PUT ${MESHES} HTTP/1.1\r\n${HOST}${CHUNKED}\r\n16;${'x'.repeat(17 * 1024)}\r\n${BODY}`, 413, '16 KiB'],
    [
      'an encoded way',
      `PUT ${MESHES} HTTP/1.1\r\n${HOST}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      400,
      'Transfer-Encoding "gzip',
    ],
    ['a way without an end', `PUT ${MESHES} HTTP/1.1\r\n${HOST}transfer-encoding: gzip\r\n\r\n${BODY}`, 400, 'Transfer-Encoding'],
    [
      'two ways to end',
      `PUT ${MESHES} HTTP/1.1\r\n${HOST}content-length: 22\r\n${CHUNKED}\r\n16\r\n${BODY}\r\n0\r\n\r\n`,
      400,
      'Content-Length',
    ],
    ['two lengths', `PUT ${MESHES} HTTP/1.1\r\n${HOST}content-length: 22\r\ncontent-length: 23\r\n\r\n${BODY}`, 400, 'Content-Length'],
    ['a negative length', `PUT ${MESHES} HTTP/1.1\r\n${HOST}content-length: -1\r\n\r\n${BODY}`, 400, 'Content-Length'],
  ])('%s', async (_what, bytes, status, reason) => {
    const answers = await sendRaw(server.apiUrl, bytes);
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    for (const answer of answers) {
      expectTyped(answer, 'BadRequestException');
      expect(JSON.parse(answer.body).message).toContain(reason);
    }
    expect(events).toContainEqual(
      expect.objectContaining({ requestId: answers[0]?.headers.get('x-amzn-requestid'), status, error: expect.anything() }),
    );
    expect(await meshNames()).toEqual({ meshes: [] });
  });

  it.each([
    ['CONNECT', 'local:443'],
    ['CONNECT', MESHES],
    ['TRACE', MESHES],
    ['PROPFIND', MESHES],
    ['POST', MESHES],
  ])('%s %s', async (method, target) => {
    const [answer] = await sendRaw(server.apiUrl, requestText(method, target));
    expect(answer?.status).toBe(405);
    if (answer !== undefined) expectTyped(answer, 'UnknownOperationException');
    expect(events).toMatchObject([{ method, status: 405 }]);
  });
});

describe('what looks odd but is in order is answered', () => {
  it.each([
    ['HTTP/1.0 without a Host', `GET ${MESHES} HTTP/1.0\r\n\r\n`],
    ['an empty Host', `GET ${MESHES} HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n`],
    ['an IPv6 Host', `GET ${MESHES} HTTP/1.1\r\nhost: [::1]:4000\r\nconnection: close\r\n\r\n`],
    ['the absolute form', `GET http://elsewhere:80${MESHES} HTTP/1.1\r\n${HOST}\r\n`],
    ['an upgrade nobody offers', `GET ${MESHES} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n`],
    ['bytes beyond ASCII in a header', Buffer.from(`GET ${MESHES} HTTP/1.1\r\n${HOST}x: \xff\xe9\r\n\r\n`, 'latin1')],
  ])('%s', async (_what, bytes) => {
    const answers = await sendRaw(server.apiUrl, bytes);
    expect(answers).toMatchObject([{ status: 200, body: '{"meshes":[]}' }]);
    expect(answers[0]?.headers.get('x-amzn-requestid')).toMatch(/^[\da-f-]{36}$/);
  });

  it('a HEAD request, without a body', async () => {
    expect(await sendRaw(server.apiUrl, `HEAD ${MESHES}/gone HTTP/1.1\r\n${HOST}content-length: 0\r\n\r\n`)).toMatchObject([
      { status: 404 },
    ]);
  });

  it('a client that waits to be told to continue', async () => {
    const request = requestText('PUT', MESHES, ['expect: 100-continue'], '{}');
    expect(await sendRaw(server.apiUrl, request)).toMatchObject([{ status: 400, body: expect.stringContaining('meshName is missing') }]);
  });
});

describe('on one connection', () => {
  it('what is broken is refused after the answer to what came before it', async () => {
    const answers = await sendRaw(
      server.apiUrl,
      `GET ${MESHES} HTTP/1.1\r\nhost: localhost\r\n\r\nFOO\r\n\r\nGET ${MESHES} HTTP/1.1\r\n${HOST}\r\n`,
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
  });

  it('a body that breaks after its request was answered is no second request', async () => {
    const answers = await sendRaw(server.apiUrl, `GET ${MESHES} HTTP/1.1\r\nhost: localhost\r\n${CHUNKED}\r\n2\r\n{}\r\nzz\r\n`);
    expect(answers.length).toBeLessThanOrEqual(1);
  });

  it('a body larger than is read is refused before all of it has come', async () => {
    const head = `PUT ${MESHES} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000000\r\n\r\n`;
    const [answer] = await sendRaw(server.apiUrl, head, Buffer.alloc(300 * 1024, 0x20));
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('256 KiB') });
  });

  it('a client that goes away in the middle of its body leaves nothing behind', async () => {
    const told = new Promise<ApiRequestEvent>((resolve) => {
      onEvent = (event) => event.operation === 'CreateMesh' && resolve(event);
    });
    const socket = connect(Number(new URL(server.apiUrl).port), '127.0.0.1');
    socket.write(`PUT ${MESHES} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 22\r\n\r\n{"mesh`, () => socket.destroy());
    expect(await told).toMatchObject({ status: 400, error: { message: expect.stringContaining('ended before the whole body') } });
    expect(await meshNames()).toEqual({ meshes: [] });
  });
});
