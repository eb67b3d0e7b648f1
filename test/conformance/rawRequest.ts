import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** An answer as it came on the wire. */
export interface HttpAnswer {
  readonly status: number;
  /** Of the header `x-amzn-ErrorType`. */
  readonly type: string | undefined;
  /** Of the body, where it has one. */
  readonly message: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends the path as it is: unlike `fetch`, `http.request` folds nothing. */
export async function rawRequest(apiUrl: string, options: RequestOptions, body?: string | Buffer): Promise<HttpAnswer> {
  const sent = request(apiUrl, options);
  sent.end(body);
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (response === undefined) throw new Error('no response');
  const received = await text(response);
  const { message } = JSON.parse(received || '{}');
  const { statusCode: status = 0, headers } = response;
  return { status, type: headers['x-amzn-errortype']?.toString(), message, headers, body: received };
}
