import type { RequestOptions } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawRequest } from './rawRequest.ts';
import { type System, startSystem } from './system.ts';

const MESHES = '/v20190125/meshes';
let system: System;

beforeAll(async () => {
  system = await startSystem();
  await send({ method: 'PUT', path: MESHES }, '{"meshName":"kept"}');
});

afterAll(() => system?.close());

const send = (options: RequestOptions, body?: string | Buffer) => rawRequest(system.apiUrl, options, body);

it.each([
  ['dot segments', 'DELETE', `${MESHES}/other/../kept`, '', {}, '".."'],
  ['encoded dot segments', 'DELETE', `${MESHES}/other/%2e%2e/kept`, '', {}, '".."'],
  ['an encoded backslash', 'DELETE', `${MESHES}/..%5Ckept`, '', {}, 'backslash'],
  ['an empty segment', 'DELETE', `/${MESHES}/kept`, '', {}, 'empty'],
  ['a query key given twice', 'GET', `${MESHES}?limit=1&limit=2`, '', {}, 'more than once'],
  ['65 query parameters', 'GET', `${MESHES}?${'a'.repeat(65).replace(/a/g, (_a, at) => `p${at}&`)}`, '', {}, '65 parameters'],
  ['300 KiB', 'PUT', MESHES, `{"meshName":"big","x":"${'x'.repeat(300 * 1024)}"}`, {}, '256 KiB'],
  [
    '300 KiB of unknown length',
    'PUT',
    MESHES,
    `{"meshName":"big","x":"${'x'.repeat(300 * 1024)}"}`,
    { 'transfer-encoding': 'chunked' },
    '256 KiB',
  ],
  ['a compressed body', 'PUT', MESHES, gzipSync('{"meshName":"zip"}'), { 'content-encoding': 'gzip' }, 'Content-Encoding'],
  ['100,000 levels', 'PUT', MESHES, '['.repeat(100_000), {}, '64 levels'],
  ['a member given twice', 'PUT', MESHES, '{"meshName":"one","meshName":"two"}', {}, 'twice'],
  ['bytes that are no text', 'PUT', MESHES, Buffer.from([0x22, 0xff, 0x22]), {}, 'UTF-8'],
])('refuses %s with its reason and stores nothing', async (_what, method, path, body, headers, reason) => {
  const answer = await send({ method, path, headers }, body || undefined);
  expect(answer).toMatchObject({ status: 400, type: 'BadRequestException' });
  expect(answer.message).toContain(reason);
  const listing = await fetch(system.apiUrl + MESHES);
  expect(await listing.json()).toEqual({ meshes: [expect.objectContaining({ meshName: 'kept', version: 1 })] });
});

it('leaves the connection usable for a client that sends a body nobody reads', async () => {
  expect(await send({ method: 'PUT', path: '/nowhere' }, 'x'.repeat(1024))).toMatchObject({
    status: 404,
    type: 'UnknownOperationException',
  });
  expect(await send({ method: 'GET', path: '/healthz' })).toMatchObject({ status: 200 });
});
