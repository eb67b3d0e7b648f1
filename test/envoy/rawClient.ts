import { connect, type Socket } from 'node:net';

/** An HTTP/1.1 answer. */
export interface RawResponse {
  readonly status: number;
  /** Names in lower case; the last value of a name counts. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends requests exactly as they are written, one after the other over one connection for as long as the server keeps it. */
export class RawClient {
  readonly #path: string;
  #socket: Socket | undefined;

  /** @param path of the server's Unix socket */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Sends one request and waits for its answer.
   * @param head request line and headers as UTF-8, with the empty line at the end; no body follows
   * @throws Error when the server closes without an answer.
   */
  exchange(head: string): Promise<RawResponse> {
    const socket = this.#socket ?? connect(this.#path);
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      let received = '';
      const settle = (): void => {
        socket.removeAllListeners();
        socket.on('error', () => {});
      };
      const take = (chunk: Buffer): void => {
        received += chunk.toString('latin1');
        const response = parseResponse(received, head.startsWith('HEAD '));
        if (response === undefined) return;
        settle();
        if (response.headers.get('connection') === 'close') this.close();
        resolve(response);
      };
      const fail = (cause?: unknown): void => {
        settle();
        this.close();
        reject(new Error(`no answer to ${JSON.stringify(head)}; received ${JSON.stringify(received)}`, { cause }));
      };
      socket.on('data', take).once('error', fail).once('close', fail);
      socket.write(head);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

/** Undefined while it is not all there; answers without a length have no body, and chunks only end answers without one, too. */
function parseResponse(received: string, isHead: boolean): RawResponse | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = received.slice(0, end).split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const rest = received.slice(end + 4);
  const length = isHead ? 0 : Number(headers.get('content-length') ?? 0);
  const isWhole = headers.has('transfer-encoding') && !isHead ? rest === NO_CHUNKS : rest.length >= length;
  return isWhole ? { status: Number(statusLine.split(' ')[1]), headers, body: rest.slice(0, length) } : undefined;
}

const NO_CHUNKS = '0\r\n\r\n';
