import { once } from 'node:events';
import { connect } from 'node:net';
import type { Api } from '@meshwright/api';
import { expect, it } from 'vitest';
import { serveApi } from './apiServer.ts';

const api: Api = {
  // Never rejects, as the API does not.
  fetch: async (request) => new Response(await request.text().catch(String)),
  refuse: ({ status, message }) => Response.json({ message }, { status }),
};

it.each([
  ['its headers', 'GET / HTTP/1.1\r\nhost: l'],
  ['its body', 'PUT / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{'],
])('a client that never ends %s is told so, and its connection is closed', async (_what, bytes) => {
  const patience = { headersMillis: 20, requestMillis: 20, checkMillis: 5 };
  const server = await serveApi(api, '127.0.0.1', 0, { patience });
  const socket = connect(server.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(bytes);
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(answer).toMatch(/\r\n\r\n\{"message":"The request did not come whole within the time it has\. .*\}$/);
  await server.close();
});

it('a connection that a client opens in reserve and never uses is closed in silence', async () => {
  const refusals: unknown[] = [];
  const noting: Api = {
    ...api,
    refuse: (refusal) => {
      refusals.push(refusal);
      return api.refuse(refusal);
    },
  };
  const server = await serveApi(noting, '127.0.0.1', 0, { patience: { headersMillis: 20, requestMillis: 20, checkMillis: 5 } });
  const socket = connect(server.port, '127.0.0.1');
  socket.resume();
  await once(socket, 'close');
  expect(socket.bytesRead).toBe(0);
  expect(refusals).toEqual([]);
  await server.close();
});
