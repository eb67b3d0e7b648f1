import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Api } from '@meshwright/api';
import { answerRefusals, hostFault, sendRefusal } from './httpRefusals.ts';
import { listenPatiently } from './listenPatiently.ts';
import type { OperatorPages } from './operatorPages.ts';

/** Requests under way get this long when the server closes. */
const DRAIN_MILLIS = 2_000;
const IDLE_MILLIS = 20;

/** The API behind a port. */
export interface ApiServer {
  readonly port: number;
  /** Takes no new request, lets those under way finish for a while, then cuts them. */
  close(): Promise<void>;
}

/** How long a client may take, in milliseconds; Node's own limits of 60 and 300 s let a handful of slow clients hold many connections. */
export interface ClientPatience {
  /** From the connection or the end of the request before to the end of the headers; 15 s unless given. */
  readonly headersMillis: number;
  /** To the end of the body; 30 s unless given. */
  readonly requestMillis: number;
  /** Between two looks at who takes too long; 1 s unless given. */
  readonly checkMillis: number;
}

const PATIENCE: ClientPatience = { headersMillis: 15_000, requestMillis: 30_000, checkMillis: 1_000 };

/**
 * An idle connection stays open this long. Go's clients, Terraform's among them, use one again for up to 90 s: were it closed earlier,
 * as Node does after 5 s, a request would now and then meet the end of its connection, and not every one may be sent again.
 */
const KEEP_ALIVE_MILLIS = 100_000;

/** What an API server does beside serving the API. */
export interface ApiServerOptions {
  readonly patience?: ClientPatience;
  /** Host names by which it may be asked, beside those that always lead to this machine; none unless given. */
  readonly allowedHosts?: readonly string[];
  /** Asked before the API. */
  readonly pages?: OperatorPages;
}

/** @throws StartFailed when the port is taken. */
export async function serveApi(api: Api, host: string, port: number, options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = createApiServer(api, options);
  await listenPatiently(() => listen(server, host, port), { what: 'API', flag: '--api-port', host, port });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('An HTTP server on a TCP port has an address.');
  return { port: address.port, close: () => close(server) };
}

function createApiServer(api: Api, { patience = PATIENCE, allowedHosts = [], pages }: ApiServerOptions): Server {
  const allowed = new Set(allowedHosts.map((name) => name.toLowerCase()));
  // The app gets the target as it came on the wire, which a `Request` does not keep.
  const answer = getRequestListener((request, { incoming }) => api.fetch(request, incoming.url ?? '/'), {
    // HTTP/1.0 clients may leave the Host header out.
    hostname: 'localhost',
    errorHandler: (error) => {
      if (!(error instanceof RequestError)) throw error;
      const fix = 'Send a path that begins with / and the Host of the endpoint URL.';
      return api.refuse({ status: 400, message: `The Host header and the request target make no URL (${error.message}). ${fix}` });
    },
  });
  const server = createServer(serverOptions(patience), (incoming, outgoing) => {
    const fault = hostFault(incoming, allowed);
    if (fault !== undefined) sendRefusal(outgoing, api.refuse({ ...fault, method: incoming.method }));
    else if (pages?.(incoming, outgoing) !== true) answer(incoming, outgoing);
  });
  answerRefusals(server, api);
  return server;
}

function serverOptions({ headersMillis, requestMillis, checkMillis }: ClientPatience): ServerOptions {
  return {
    maxHeaderSize: 16 * 1024,
    headersTimeout: headersMillis,
    requestTimeout: requestMillis,
    connectionsCheckingInterval: checkMillis,
    keepAliveTimeout: KEEP_ALIVE_MILLIS,
    // Node refuses without a word why; `hostFault` says it.
    requireHostHeader: false,
  };
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
