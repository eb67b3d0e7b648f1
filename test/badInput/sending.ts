import type { Api } from '@meshwright/api';
import { textOf } from './json.ts';
import { sendRaw } from './rawHttp.ts';
import type { Draft } from './requests.ts';

/** A request as it goes out. */
export interface WrittenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | undefined;
}

/** An answer, however the request was sent. */
export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly requestId: string | undefined;
  readonly body: string;
}

/** Methods whose requests have no body in `fetch`. */
const BODILESS = ['GET', 'HEAD'];

/** The draft's bytes. */
export function written({ method, segments, query, headers, body, finish }: Draft): WrittenRequest {
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  const target = `/${segments.join('/')}${search === '' ? '' : `?${search}`}`;
  const text = body === undefined || BODILESS.includes(method) ? undefined : Buffer.from(textOf(body));
  return { method, target, headers, body: text && finish.reduce<Buffer>((bytes, change) => change(bytes), text) };
}

/** Hands a request to the API itself. */
export async function sendInProcess(api: Api, { method, target, headers, body }: WrittenRequest): Promise<Answer> {
  const init = {
    method,
    headers: headers.map(([name, value]) => [name, value] satisfies [string, string]),
    ...(body && { body: new Uint8Array(body) }),
  };
  const response = await api.fetch(new Request('http://local/', init), target);
  return {
    status: response.status,
    type: response.headers.get('x-amzn-ErrorType') ?? undefined,
    requestId: response.headers.get('x-amzn-RequestId') ?? undefined,
    body: await response.text(),
  };
}

/** Writes a request to a socket; undefined when the server sent nothing that could be its answer. */
export async function sendOverSocket(url: string, { method, target, headers, body }: WrittenRequest): Promise<Answer | undefined> {
  const length =
    body === undefined || headers.some(([name]) => name === 'transfer-encoding') ? [] : [['content-length', `${body.length}`] as const];
  const lines = [['host', 'local'], ['connection', 'close'], ...length, ...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const [answer] = await sendRaw(url, Buffer.concat([head, body ?? Buffer.alloc(0)]));
  return (
    answer && {
      status: answer.status,
      type: answer.headers.get('x-amzn-errortype'),
      requestId: answer.headers.get('x-amzn-requestid'),
      body: answer.body,
    }
  );
}
