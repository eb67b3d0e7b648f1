import { fileURLToPath } from 'node:url';
import type { Namespace } from './network.ts';
import type { Topology } from './topology.ts';

/** One request of a stock client: Node's own for HTTP, WebSocket, TCP and TLS, `@grpc/grpc-js` for calls. */
export type Ask = HttpAsk | CallAsk | BytesAsk | WebSocketAsk | SecretAsk;

/** A request by HTTP/1.1 or HTTP/2 in plain text. */
export interface HttpAsk {
  readonly kind: 'http' | 'http2';
  readonly url: string;
  /** GET unless told. */
  readonly method?: string;
  /** `host` takes the place of the URL's; HTTP/2's `:scheme` that of `http`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A unary call. */
export interface CallAsk {
  readonly kind: 'grpc';
  /** `host:port`. */
  readonly target: string;
  /** `/service/method`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the target, as the host the call names. */
  readonly authority?: string;
}

/** A connection on which the server speaks first, and then says everything back. */
export interface BytesAsk {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
  /** Stays open in silence after the greeting, until the other side ends it. */
  readonly waitForEnd?: boolean;
}

/** A WebSocket on which the server speaks first, and then says everything back. */
export interface WebSocketAsk {
  readonly kind: 'webSocket';
  readonly url: string;
}

/** A TLS handshake for a server name. */
export interface SecretAsk {
  readonly kind: 'tls';
  readonly host: string;
  readonly port: number;
  /** None is sent unless told. */
  readonly serverName?: string;
}

/** What came of it. */
export interface Answer {
  /** Who answered. */
  readonly app?: string;
  /** Of HTTP or gRPC. */
  readonly status?: number;
  /** How often it reached an application. */
  readonly attempts?: number;
  /** What reached the application, or was said back. */
  readonly saw?: Seen;
  /** What went wrong below the protocol. */
  readonly error?: string;
  /** Place in the order in which the requests ended, from 0. */
  readonly ended: number;
  /** From its start to its end. */
  readonly millis: number;
}

/** A request as the application saw it. */
export interface Seen {
  readonly protocol?: string;
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** The server name of a TLS handshake, or what a connection said back. */
  readonly said?: string;
}

/** How they are asked. */
export interface AskOptions {
  /** All at once rather than one after the other. */
  readonly together?: boolean;
}

/**
 * Asks from inside a namespace and returns the answers in the order of the requests.
 * @throws Error when the client itself fails; what befalls a request is in its answer.
 */
export async function askFrom(
  topology: Topology,
  namespace: Namespace,
  asks: readonly Ask[],
  { together = false }: AskOptions = {},
): Promise<readonly Answer[]> {
  const client = fileURLToPath(new URL('client.ts', import.meta.url));
  const { status, stdout, stderr } = await topology.run(namespace, [process.execPath, client], {
    input: JSON.stringify({ asks, together }),
  });
  if (status !== 0) throw new Error(`the client in ${namespace} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as readonly Answer[];
}
