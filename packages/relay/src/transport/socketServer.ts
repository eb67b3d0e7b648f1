import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { addressOf, parseAddress } from './address.ts';
import { certificateUriOf } from './certificateUri.ts';
import { secureOptions, type TlsMaterial } from './tls.ts';
import type { Connection } from './transport.ts';

// A storm of reconnecting proxies overflows Node's usual 511: of 4,000 connections 826 were dropped.
const BACKLOG = 4096;

/** Accepts connections, plain or with TLS. */
export class SocketServer {
  readonly #server: Server | TlsServer;
  readonly #serve: (connection: Connection) => void;
  readonly #sockets = new Set<Socket>();

  /** @param tls turns TLS on. */
  constructor(options: { readonly connections: number; readonly tls: TlsMaterial | undefined }, serve: (connection: Connection) => void) {
    const { connections, tls } = options;
    this.#serve = serve;
    this.#server =
      tls === undefined
        ? createServer({ noDelay: true }, (socket) => this.#take(socket, undefined))
        : createTlsServer({ noDelay: true, ...secureOptions(tls) }, (socket) => this.#takeSecure(socket));
    // Those past it are closed as they come; those that are there are left alone.
    this.#server.maxConnections = connections;
    this.#server.on('connection', (socket: Socket) => this.#hold(socket));
  }

  /** @throws Error when the address cannot be listened on. */
  async listen(address: string): Promise<{ readonly port: number }> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ ...parseAddress(address), backlog: BACKLOG }, resolve);
    await promise;
    this.#server.off('error', reject);
    const bound = this.#server.address();
    return { port: bound === null || typeof bound === 'string' ? 0 : bound.port };
  }

  /** Replaces the certificate for connections to come. @throws Error when key and certificate do not belong together, or are none. */
  renew(tls: TlsMaterial): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(secureOptions(tls));
  }

  /** Accepts nothing more; resolves when the last connection is gone. */
  close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    return promise;
  }

  /** Cuts what is left. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    // A connection that breaks is told to its calls; the socket's own error has nobody else to go to.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #takeSecure(socket: TLSSocket): void {
    socket.on('error', () => socket.destroy());
    const uri = certificateUriOf(socket.getPeerX509Certificate());
    if (socket.alpnProtocol !== 'h2' || uri.kind === 'odd') socket.destroy();
    else this.#take(socket, uri.kind === 'one' ? uri.uri : undefined);
  }

  #take(socket: Socket, certificateUri: string | undefined): void {
    this.#serve({ socket, address: addressOf(socket), certificateUri });
  }
}
