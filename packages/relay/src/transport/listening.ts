import type { Timing } from './deadlines.ts';
import type { TransportSettings } from './settings.ts';
import { SocketServer } from './socketServer.ts';
import { sameMaterial, type TlsMaterial, type TlsSource } from './tls.ts';
import type { Connection } from './transport.ts';

interface ListeningParts extends Timing {
  readonly settings: TransportSettings;
  readonly tls: TlsSource | undefined;
  readonly serve: (connection: Connection) => void;
}

/** The address a relay is reached at, with the certificate it shows there. */
export class Listening {
  readonly #parts: ListeningParts;
  #sockets: SocketServer | undefined;
  #shown: TlsMaterial | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(parts: ListeningParts) {
    this.#parts = parts;
  }

  /** @throws Error when the address cannot be listened on, or there is no usable certificate yet. */
  async listen(address: string): Promise<{ readonly port: number }> {
    const { settings, tls, serve } = this.#parts;
    this.#shown = await tls?.read();
    this.#sockets = new SocketServer({ connections: settings.connections, tls: this.#shown }, serve);
    const bound = await this.#sockets.listen(address);
    if (!this.#closed) this.#renewLater();
    return bound;
  }

  /** Accepts nothing more; resolves when the last connection is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#sockets?.close();
  }

  /** Cuts what is left. */
  destroy(): void {
    this.#sockets?.destroy();
  }

  #renewLater(): void {
    const { tls, settings, setTimer } = this.#parts;
    if (tls === undefined) return;
    this.#cancel = setTimer(() => void this.#renew(tls), settings.tlsReloadMillis);
  }

  async #renew(tls: TlsSource): Promise<void> {
    try {
      const read = await tls.read();
      if (this.#shown === undefined || !sameMaterial(read, this.#shown)) this.#sockets?.renew(read);
      this.#shown = read;
    } catch (cause) {
      tls.onFailure(cause instanceof Error ? cause.message : String(cause));
    }
    if (!this.#closed) this.#renewLater();
  }
}
