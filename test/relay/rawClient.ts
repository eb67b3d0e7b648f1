import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';

const HEAD_BYTES = 5;
/** A method that needs no node and answers at once. */
export const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
export const HEALTH_WATCH = '/grpc.health.v1.Health/Watch';
export const SOTW = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

/** A message as gRPC frames it. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** How a call ended: the HTTP status, gRPC's from headers or trailers, and what HTTP/2 says. */
export interface RawEnd {
  readonly http: number | undefined;
  readonly grpc: number | undefined;
  readonly message: string | undefined;
  readonly data: Buffer;
  /** HTTP/2's error code of the stream. */
  readonly reset: number | undefined;
}

/** One connection on which anything can be said that HTTP/2 allows. */
export class RawClient {
  readonly session: ClientHttp2Session;
  readonly closed: Promise<void>;
  /** HTTP/2's error code of the GOAWAY, once there is one. */
  goaway: number | undefined;

  constructor(port: number) {
    this.session = connect(`http://127.0.0.1:${port}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.session.on('goaway', (code) => {
      this.goaway = code;
    });
    this.session.on('close', () => resolve());
    // That the connection is cut is told by its close.
    this.session.on('error', () => {});
  }

  open(path: string, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.on('error', () => {});
    return stream;
  }

  /** One call with everything it sends. */
  async call(path: string, sent: Uint8Array = framed(Buffer.alloc(0)), headers: OutgoingHttpHeaders = {}): Promise<RawEnd> {
    const stream = this.open(path, headers);
    const ended = endOf(stream);
    stream.end(sent);
    return await ended;
  }

  close(): void {
    this.session.destroy();
  }
}

/** What becomes of a stream; it is read to its end. */
export async function endOf(stream: ClientHttp2Stream): Promise<RawEnd> {
  const chunks: Buffer[] = [];
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  stream.on('response', (arrived) => {
    headers = arrived;
  });
  stream.on('trailers', (arrived) => {
    trailers = arrived;
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => stream.once('close', () => resolve()));
  const status = trailers['grpc-status'] ?? headers['grpc-status'];
  const message = trailers['grpc-message'] ?? headers['grpc-message'];
  return {
    http: headers[':status'] === undefined ? undefined : Number(headers[':status']),
    grpc: status === undefined ? undefined : Number(status),
    message: message === undefined ? undefined : String(message),
    data: Buffer.concat(chunks),
    reset: stream.rstCode,
  };
}
