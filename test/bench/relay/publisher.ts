import { createServer, type Server } from 'node:http';
import { MemorySnapshots } from '@meshwright/local';
import { encodeHead, type Head } from '@meshwright/snapshot';
import { BenchContent, type Dump, MESH } from './content.ts';

/** Compiles and publishes in place of a control plane, outside the relay's process: what it costs is not the relay's. */
export class Publisher implements AsyncDisposable {
  readonly #content: BenchContent;
  readonly #memory = { heads: new Map<string, Head>(), objects: new Map<string, Map<string, Uint8Array>>() };
  readonly #store = new MemorySnapshots(this.#memory);
  readonly #posted = new Set<string>();
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
    const parent = (await this.#store.head(MESH))?.latest;
    const outcome = await this.#store.publish(this.#content.change(marker), parent);
    const head = await this.#store.head(MESH);
    if (outcome !== 'published' || head === undefined) throw new Error(`the change was not published but ${outcome}`);
    for (const [key, bytes] of this.#memory.objects.get(MESH) ?? []) {
      if (!this.#posted.has(key)) await this.#post(`object?key=${key}`, bytes);
      this.#posted.add(key);
    }
    await this.#post('head', encodeHead(head));
  }

  async #post(path: string, bytes: Uint8Array): Promise<void> {
    const response = await fetch(this.#relay + path, { method: 'POST', body: Buffer.from(bytes) });
    if (!response.ok) throw new Error(`the relay did not take ${path}: ${await response.text()}`);
  }
}
