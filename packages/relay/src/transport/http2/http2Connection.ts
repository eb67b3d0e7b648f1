import type { ServerHttp2Session } from 'node:http2';
import type { PeerInfo } from '../../ports.ts';
import type { Connection } from '../transport.ts';
import type { Http2Call } from './http2Call.ts';

/** One client's connection: its calls, and whether it is still there. */
export class Http2Connection {
  readonly calls = new Set<Http2Call>();
  readonly #session: ServerHttp2Session;
  readonly #connection: Connection;
  #peer: PeerInfo | undefined;
  #bytesRead = 0;
  #leaving = false;
  /** Ends the wait for the connection's age or for its end. */
  cancelTimer: (() => void) | undefined;

  constructor(session: ServerHttp2Session, connection: Connection) {
    this.#session = session;
    this.#connection = connection;
  }

  get closed(): boolean {
    return this.#session.destroyed;
  }

  get leaving(): boolean {
    return this.#leaving;
  }

  /** One object for all calls of the connection that name the same client. */
  peer(userAgent: string): PeerInfo {
    if (this.#peer?.userAgent === userAgent) return this.#peer;
    const { address, certificateUri } = this.#connection;
    this.#peer = { address, userAgent, ...(certificateUri !== undefined && { certificateUri }) };
    return this.#peer;
  }

  /** Whether anything was read since the last time. */
  wasSilent(): boolean {
    const { bytesRead } = this.#connection.socket;
    const silent = bytesRead === this.#bytesRead;
    this.#bytesRead = bytesRead;
    return silent;
  }

  /** @param answered called when the client is there; not called otherwise. */
  ping(answered: () => void): void {
    if (this.#session.destroyed) return;
    this.#session.ping((error) => {
      if (error === null) answered();
    });
  }

  /** Ends the calls with OK and takes no other; the connection goes when they are over. */
  leave(reason: string): void {
    if (this.#leaving || this.#session.destroyed) return;
    this.#leaving = true;
    for (const call of this.calls) call.recycle(reason);
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    this.#connection.socket.destroy();
  }
}
