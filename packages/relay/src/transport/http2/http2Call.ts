import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Call, Method } from '../../method.ts';
import type { EndStatus, Outlet } from '../../outlet.ts';
import type { PeerInfo } from '../../ports.ts';
import { BadMessage, MessageReader, type MessageWriter } from './messages.ts';
import { trailersOf } from './trailers.ts';

/** Bytes of responses a stream may hold unsent before the core is asked to wait: one body of a large mesh, or a few small ones. */
const WAITING_BYTES = 64 * 1024;
/** What every answer to a gRPC call begins with. */
export const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' } as const;

/** What all calls of a transport share. */
export interface CallParts {
  readonly writer: MessageWriter;
  readonly maxRequestBytes: number;
  /** Told when a client leaves responses unread, and when it has read on. */
  readonly unread: { start(call: Http2Call): void; delete(call: Http2Call): void };
}

/** Whose call it is. */
interface Caller {
  readonly peer: PeerInfo;
  /** Calls of the connection; one that is over takes itself out. */
  readonly calls: Set<Http2Call>;
}

/** One call on one HTTP/2 stream: messages in and out, back-pressure, status. */
export class Http2Call implements Outlet {
  readonly peer: PeerInfo;
  readonly #parts: CallParts;
  readonly #calls: Set<Http2Call>;
  readonly #stream: ServerHttp2Stream;
  readonly #reader: MessageReader;
  readonly #call: Call;
  readonly #takesOne: boolean;
  #requests = 0;
  #waiting = false;
  #ended: { readonly status: EndStatus; readonly detail: string } | undefined;

  constructor(parts: CallParts, method: Method, stream: ServerHttp2Stream, caller: Caller) {
    this.#parts = parts;
    this.#stream = stream;
    this.peer = caller.peer;
    this.#calls = caller.calls;
    this.#takesOne = method.requests === 'one';
    this.#reader = new MessageReader(parts.maxRequestBytes, (message) => this.#take(message));
    this.#call = method.open(this);
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('end', () => this.#requestsEnded());
    stream.on('drain', () => this.#drained());
    stream.on('wantTrailers', () => this.#sendTrailers());
    stream.once('close', () => this.#closed());
  }

  send(body: Buffer): boolean {
    const stream = this.#stream;
    if (this.#ended !== undefined || stream.destroyed || stream.closed) return false;
    if (!stream.headersSent) stream.respond(RESPONSE_HEADERS, { waitForTrailers: true });
    stream.write(this.#parts.writer.framed(body));
    if (stream.writableLength < WAITING_BYTES) return true;
    this.#waiting = true;
    this.#parts.unread.start(this);
    return false;
  }

  end(status: EndStatus, detail: string): void {
    const stream = this.#stream;
    if (this.#ended !== undefined) return;
    this.#ended = { status, detail };
    if (stream.destroyed || stream.closed) return;
    // A client that reads nothing would not read its status either.
    this.#parts.unread.start(this);
    if (!stream.headersSent) {
      stream.respond({ ...RESPONSE_HEADERS, ...trailersOf(status, detail) }, { endStream: true });
      this.#letGo();
      return;
    }
    stream.end();
  }

  pauseRequests(paused: boolean): void {
    if (paused) this.#stream.pause();
    else if (this.#ended === undefined) this.#stream.resume();
  }

  /** Ends it with OK: the client is to come again. */
  recycle(reason: string): void {
    this.#end('ok', reason);
  }

  /** Ends a call whose client does not read, without waiting for it. */
  cut(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #read(chunk: Buffer): void {
    if (this.#ended !== undefined) return;
    try {
      this.#reader.add(chunk);
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.#end(error.status, error.message);
    }
  }

  #take(message: Buffer): void {
    this.#requests += 1;
    if (this.#ended !== undefined) return;
    if (this.#takesOne && this.#requests > 1) this.#end('unimplemented', 'a second request; the method takes one');
    else this.#call.receive(message);
  }

  #requestsEnded(): void {
    if (this.#reader.midway) this.#end('invalidArgument', 'the request ends within a message');
    else if (this.#takesOne && this.#requests === 0) this.#end('invalidArgument', 'no request; the method takes one');
    else this.#call.requestsEnded();
  }

  #end(status: EndStatus, detail: string): void {
    this.end(status, detail);
    this.#call.closed(detail);
  }

  #drained(): void {
    if (!this.#waiting || this.#ended !== undefined) return;
    this.#waiting = false;
    this.#parts.unread.delete(this);
    this.#call.drained();
  }

  #sendTrailers(): void {
    const { status, detail } = this.#ended ?? { status: 'internal', detail: 'the call ended without a status' };
    this.#stream.sendTrailers(trailersOf(status, detail));
    this.#letGo();
  }

  // The client may go on sending for ever; what it sends now is for nobody.
  #letGo(): void {
    const stream = this.#stream;
    stream.resume();
    setImmediate(() => {
      if (!stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }

  #closed(): void {
    this.#ended ??= { status: 'ok', detail: '' };
    this.#parts.unread.delete(this);
    this.#calls.delete(this);
    this.#call.closed('the connection was lost or the call cancelled');
  }
}

/** Whether headers are those of a gRPC call; anything else is not answered as one. */
export function isGrpc(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  return headers[':method'] === 'POST' && type !== undefined && /^application\/grpc(?:$|[+;])/.test(type);
}
