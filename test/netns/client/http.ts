import { request } from 'node:http';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { ATTEMPTS } from '../app/script.ts';
import type { Answer, HttpAsk, Seen } from '../ask.ts';

/** Asks by HTTP/1.1, on a connection of its own. */
export async function askHttp({ url, method = 'GET', headers = {} }: HttpAsk, signal: AbortSignal): Promise<Partial<Answer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Partial<Answer>>();
  request(url, { method, headers, signal, agent: false }, (response) => {
    const read = async () => answerOf(response.statusCode ?? 0, response.headers, await text(response));
    read().then(resolve, reject);
  })
    .on('error', reject)
    .end();
  return promise;
}

/** Asks by HTTP/2 in plain text, on a connection of its own. */
export async function askHttp2({ url, method = 'GET', headers = {} }: HttpAsk, signal: AbortSignal): Promise<Partial<Answer>> {
  const { origin, pathname, search, host: named } = new URL(url);
  const { host = named, ...others } = headers;
  const session = connect(origin);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Partial<Answer>>();
    session.on('error', reject).on('close', () => reject(new Error('closed')));
    const stream = session.request({ ':method': method, ':path': pathname + search, ':authority': host, ...others }, { signal });
    stream.on('error', reject).on('response', (received) => {
      const read = async () => answerOf(received[':status'] ?? 0, received, await text(stream));
      read().then(resolve, reject);
    });
    return await promise;
  } finally {
    session.destroy();
  }
}

function answerOf(status: number, headers: Readonly<Record<string, unknown>>, body: string): Partial<Answer> {
  const { 'x-app': app, [ATTEMPTS]: attempts } = headers;
  // Without an application it is Envoy who answers, in words of its own.
  if (typeof app !== 'string') return { status };
  return { app, status, attempts: Number(attempts), ...(body !== '' && { saw: JSON.parse(body) as Seen }) };
}
