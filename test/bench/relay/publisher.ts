import { createServer, type Server } from 'node:http';
import { encodeSnapshot } from '@meshwright/snapshot';
import { BenchContent, type Dump } from './content.ts';

/** Compiles and publishes in place of a control plane, outside the relay's process: what it costs is not the relay's. */
export class Publisher implements AsyncDisposable {
  readonly #content: BenchContent;
  readonly #relay: string;
  readonly #server: Server;

  private constructor(content: BenchContent, relay: string) {
    this.#content = content;
    this.#relay = relay;
    this.#server = createServer((request, response) => {
      const marker = new URL(request.url ?? '/', this.#relay).searchParams.get('marker') ?? '';
      this.#publish(marker).then(
        () => response.end(),
        (error) => response.writeHead(500).end(String(error)),
      );
    });
  }

  /** Publishes the first version. @param relay where the relay takes objects. */
  static async start(dump: Dump, sets: number, relay: string): Promise<Publisher> {
    const publisher = new Publisher(new BenchContent(dump, sets), relay);
    await publisher.#publish('initial');
    await new Promise<void>((resolve) => publisher.#server.listen(0, '127.0.0.1', resolve));
    return publisher;
  }

  /** `POST` here changes one route and publishes it; `{marker}` is replaced. */
  get triggerUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as { readonly port: number }).port}/?marker={marker}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #publish(marker: string): Promise<void> {
    const snapshot = this.#content.change(marker);
    const { bytes, key } = encodeSnapshot(snapshot);
    const query = new URLSearchParams({ key, n: String(snapshot.version.n) });
    const response = await fetch(`${this.#relay}?${query}`, { method: 'POST', body: Buffer.from(bytes) });
    if (!response.ok) throw new Error(`the relay did not take version ${key}: ${await response.text()}`);
  }
}
