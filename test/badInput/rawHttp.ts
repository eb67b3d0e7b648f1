import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer as it came over a socket. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Longest wait for a server to answer and close, in milliseconds: a hung connection fails the test that made it. */
const HUNG_MILLIS = 10_000;

/** Writes bytes to a server as they are, and reads answers until the server closes the connection. */
export async function sendRaw(url: string, ...pieces: readonly (string | Buffer)[]): Promise<readonly RawAnswer[]> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // A server may refuse and close while there is still something to send.
  socket.on('error', () => {});
  const closed = readAll(socket);
  await once(socket, 'connect');
  for (const piece of pieces) if (socket.writable) socket.write(piece);
  const hung = new AbortController();
  try {
    const bytes = await Promise.race([closed, sleep(HUNG_MILLIS, undefined, { signal: hung.signal })]);
    if (bytes === undefined) throw new Error(`The server neither answered nor closed the connection within ${HUNG_MILLIS} ms.`);
    return answersIn(bytes);
  } finally {
    hung.abort();
    socket.destroy();
  }
}

/** The text of a request: head and body, closing the connection after the answer. */
export function requestText(method: string, target: string, headers: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  return [`${method} ${target} HTTP/1.1`, 'host: localhost', 'connection: close', ...length, ...headers, '', body].join('\r\n');
}

function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  return new Promise((resolve) => socket.on('close', () => resolve(Buffer.concat(chunks))));
}

function answersIn(bytes: Buffer): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    if (end < 0 || Number.isNaN(status))
      throw new Error(`The server sent what is no HTTP answer: ${JSON.stringify(rest.toString('latin1', 0, 200))}`);
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const bodyEnd = end + 4 + Number(headers.get('content-length') ?? 0);
    // Informational answers come before the one they belong to.
    if (status >= 200) answers.push({ status, headers, body: rest.toString('utf8', end + 4, bodyEnd) });
    rest = rest.subarray(bodyEnd);
  }
  return answers;
}
