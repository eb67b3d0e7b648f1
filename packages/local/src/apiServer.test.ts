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

/** Sends bytes on a connection of their own and answers what comes back once it is closed. */
async function rawAnswer(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

it('answers to the names of this machine and those it was given, and to no other, which a web page may have made lead here', async () => {
  const server = await serveApi(api, '127.0.0.1', 0, { allowedHosts: ['Mesh.Example.com'] });
  const statusFor = async (host: string): Promise<string | undefined> =>
    (await rawAnswer(server.port, `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)).split(' ')[1];
  const ours = [
    '127.0.0.1:18080',
    '127.0.0.1',
    'localhost',
    'LOCALHOST:18080',
    'localhost.',
    'api.localhost:1',
    '[::1]:18080',
    'mesh.example.com:80',
  ];
  for (const host of ours) expect([host, await statusFor(host)]).toEqual([host, '200']);
  const others = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'xlocalhost',
    '10.0.0.1',
    '1270.0.0.1',
    'mesh.example.com.evil',
  ];
  for (const host of others) expect([host, await statusFor(host)]).toEqual([host, '400']);
  expect(await rawAnswer(server.port, 'GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n')).toMatch(
    /The header Host is \\"evil\.example\\", which is not a name of this server\. .*--allow-host/,
  );
  await server.close();
});

it('keeps a connection that a Go client may use again for 90 s, whatever time a request has', async () => {
  const server = await serveApi(api, '127.0.0.1', 0, { patience: { headersMillis: 20, requestMillis: 20, checkMillis: 5 } });
  const socket = connect(server.port, '127.0.0.1');
  let answers = '';
  socket.on('data', (chunk) => {
    answers += chunk;
  });
  const request = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';
  socket.write(request);
  await once(socket, 'data');
  expect(answers).toMatch(/^keep-alive: timeout=100$/im);
  // Another connection is looked at and found to take too long meanwhile.
  await rawAnswer(server.port, 'GET / HTTP/1.1\r\nhost: l');
  socket.write(request);
  await once(socket, 'data');
  expect(answers.match(/^HTTP\/1\.1 200 OK$/gm)).toHaveLength(2);
  socket.destroy();
  await server.close();
});
