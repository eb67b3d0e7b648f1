import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Api } from '@meshwright/api';
import { listenPatiently } from './listenPatiently.ts';

/** Requests under way get this long when the server closes. */
const DRAIN_MILLIS = 2_000;
const IDLE_MILLIS = 20;

/** The API behind a port. */
export interface ApiServer {
  readonly port: number;
  /** Takes no new request, lets those under way finish for a while, then cuts them. */
  close(): Promise<void>;
}

/** @throws StartFailed when the port is taken. */
export async function serveApi(api: Api, host: string, port: number): Promise<ApiServer> {
  // The app gets the target as it came on the wire, which a `Request` does not keep.
  const server = createServer(getRequestListener((request, { incoming }) => api.fetch(request, incoming.url ?? '/')));
  await listenPatiently(() => listen(server, host, port), { what: 'API', flag: '--api-port', host, port });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('An HTTP server on a TCP port has an address.');
  return { port: address.port, close: () => close(server) };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection whose last request has just been answered would stay open for the client's next one.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_MILLIS);
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MILLIS);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
