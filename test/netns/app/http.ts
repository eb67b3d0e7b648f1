import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Server } from 'node:net';
import { ATTEMPTS, type Script } from './script.ts';
import { speakWebSocket } from './webSocket.ts';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Serves HTTP/1.1, WebSockets with it, and HTTP/2 in plain text; one promise for each, resolved when it listens. */
export function serveHttp(app: string, ports: { readonly http: number; readonly http2: number }, script: Script): readonly Promise<void>[] {
  const answer = (request: Request, response: Response) => void answerHttp(app, script, request, response);
  const http = createServer(answer);
  // Node closes idle connections after 5 s, and Envoy may send on one at that very moment: no fault of the mesh, so not in these tests.
  http.keepAliveTimeout = 0;
  http.on('upgrade', (request, socket) => speakWebSocket(app, request, socket));
  const http2 = createHttp2Server(answer);
  return [listening(http, ports.http), listening(http2, ports.http2)];
}

/** Every address of its namespace, loopback included: the ingress cluster dials 127.0.0.1. */
export function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, () => resolve()));
}

async function answerHttp(app: string, script: Script, request: Request, response: Response): Promise<void> {
  const { headers, method, url, httpVersion } = request;
  const turn = await script.turn((name) => headers[name]?.toString());
  if (turn.failure === 'reset') {
    request.destroy();
    return;
  }
  response.statusCode = Number(turn.failure ?? 200);
  response.setHeader('x-app', app);
  response.setHeader(ATTEMPTS, turn.attempts);
  const host = headers[':authority'] ?? headers.host;
  response.end(`${JSON.stringify({ app, protocol: `HTTP/${httpVersion}`, method, host, path: url, headers })}\n`);
}
