import { type Program, startProgram } from '../../process/program.ts';
import { goClientProgram } from './program.ts';

/** One resource as the client read it. */
export interface GoResource {
  readonly name: string;
  /** Delta only. */
  readonly version?: string;
  /** Of its content. */
  readonly sha256: string;
}

/** One response as the client read it. */
export interface GoResponse {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly version: string;
  readonly resources: readonly GoResource[];
  readonly removed: readonly string[];
}

/** How a stream ended; `code` as grpc-go names it. */
export interface GoEnding {
  readonly code: string;
  readonly message: string;
}

/** A request in the JSON form of DiscoveryRequest or DeltaDiscoveryRequest. */
export type GoRequest = Readonly<Record<string, unknown>>;

interface GoEvent {
  readonly stream: string;
  readonly response?: GoResponse;
  readonly ended?: GoEnding;
}

/** The ADS client in Go, told what to do line by line. */
export class GoClient implements AsyncDisposable {
  readonly #program: Program;
  readonly #streams = new Map<string, GoStream>();

  private constructor(program: Program) {
    this.#program = program;
  }

  static async start(): Promise<GoClient> {
    const client = new GoClient(startProgram([await goClientProgram()], { inputOpen: true }));
    void client.#read();
    return client;
  }

  /** Opens a stream on a connection of its own. */
  open(mode: 'sotw' | 'delta', port: number): GoStream {
    const stream = `${mode}-${this.#streams.size}`;
    const tell = (command: object): void => this.#program.write(`${JSON.stringify({ ...command, stream })}\n`);
    tell({ op: 'open', address: `127.0.0.1:${port}`, mode });
    const opened = new GoStream(tell);
    this.#streams.set(stream, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.end();
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const event = JSON.parse(await this.#program.nextLine()) as GoEvent;
        this.#streams.get(event.stream)?.take(event);
      }
    } catch (cause) {
      for (const stream of this.#streams.values()) stream.fail(cause);
    }
  }
}

/** One stream of the client. */
export class GoStream {
  readonly #tell: (command: object) => void;
  readonly #events: Omit<GoEvent, 'stream'>[] = [];
  #news = Promise.withResolvers<void>();

  constructor(tell: (command: object) => void) {
    this.#tell = tell;
  }

  send(request: GoRequest): this {
    this.#tell({ op: 'send', request });
    return this;
  }

  /** Says that a response was taken. */
  ack({ typeUrl, nonce, version }: GoResponse, request: GoRequest = {}): this {
    return this.send({ typeUrl, responseNonce: nonce, versionInfo: version, ...request });
  }

  /** Cuts the connection. */
  close(): void {
    this.#tell({ op: 'close' });
  }

  /** The next response. @throws Error when the stream ends instead. */
  async next(): Promise<GoResponse> {
    const { response, ended } = await this.#event();
    if (response === undefined) throw new Error(`the stream has ended: ${ended?.code} ${ended?.message}`);
    return response;
  }

  /** Its end. @throws Error when a response comes before it. */
  async ended(): Promise<GoEnding> {
    const { response, ended } = await this.#event();
    if (ended === undefined) throw new Error(`not an end but ${JSON.stringify(response)}`);
    return ended;
  }

  take(event: Omit<GoEvent, 'stream'>): void {
    this.#events.push(event);
    this.#wake();
  }

  fail(cause: unknown): void {
    this.#news.promise.catch(() => {});
    this.#news.reject(cause);
  }

  async #event(): Promise<Omit<GoEvent, 'stream'>> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      await this.#news.promise;
    }
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
