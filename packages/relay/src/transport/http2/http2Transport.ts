import {
  constants,
  createServer,
  type Http2Server,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Method } from '../../method.ts';
import { Deadlines } from '../deadlines.ts';
import { isBomb, PONG_MILLIS } from '../limits.ts';
import { spreadAgeMillis } from '../spreadAge.ts';
import type { Connection, Transport, TransportParts } from '../transport.ts';
import { type CallParts, Http2Call, isGrpc, RESPONSE_HEADERS } from './http2Call.ts';
import { Http2Connection } from './http2Connection.ts';
import { MessageWriter } from './messages.ts';
import { serverOptions } from './serverOptions.ts';
import { trailersOf } from './trailers.ts';

/** From the connection to the client's first SETTINGS frame. */
const HANDSHAKE_MILLIS = 10_000;
const UNSUPPORTED_MEDIA_TYPE = 415;

/** gRPC by hand on Node's own HTTP/2: one framed buffer per response, no copy and no object per message and call. */
export class Http2Transport implements Transport {
  readonly #parts: TransportParts;
  readonly #methods: ReadonlyMap<string, Method>;
  readonly #server: Http2Server;
  /** The one whose session is being made. */
  #accepting: Connection | undefined;
  readonly #connections = new Map<Http2Session, Http2Connection>();
  readonly #callParts: CallParts;
  readonly #handshakes: Deadlines<Http2Connection>;
  readonly #silence: Deadlines<Http2Connection>;
  readonly #pongs: Deadlines<Http2Connection>;
  readonly #unread: Deadlines<Http2Call>;

  constructor(parts: TransportParts) {
    this.#parts = parts;
    const { settings } = parts;
    this.#methods = new Map(parts.methods.map((method) => [method.path, method]));
    const destroy = (connection: Http2Connection): void => connection.destroy();
    this.#handshakes = new Deadlines(parts, HANDSHAKE_MILLIS, destroy);
    this.#pongs = new Deadlines(parts, PONG_MILLIS, destroy);
    this.#silence = new Deadlines(parts, settings.keepaliveMillis, (connection) => this.#lookFor(connection));
    this.#unread = new Deadlines(parts, settings.unreadMillis, (call) => call.cut());
    this.#callParts = {
      writer: new MessageWriter(),
      maxRequestBytes: settings.maxRequestBytes,
      unread: this.#unread,
    };
    this.#server = createServer(serverOptions(settings));
    this.#server.on('session', (session) => this.#take(session));
    this.#server.on('stream', (stream, headers, _flags, rawHeaders) => this.#open(stream, headers, rawHeaders));
  }

  serve(connection: Connection): void {
    this.#accepting = connection;
    this.#server.emit('connection', connection.socket);
    this.#accepting = undefined;
  }

  drain(spreadMillis: number): void {
    const { random, setTimer } = this.#parts;
    const reason = 'the relay is shutting down';
    for (const connection of [...this.#connections.values()]) {
      if (connection.leaving) continue;
      connection.cancelTimer?.();
      if (spreadMillis === 0) this.#recycle(connection, reason);
      else connection.cancelTimer = setTimer(() => this.#recycle(connection, reason), Math.floor(random() * spreadMillis));
    }
  }

  stop(): void {
    for (const connection of [...this.#connections.values()]) connection.destroy();
    for (const deadlines of [this.#handshakes, this.#silence, this.#pongs, this.#unread]) deadlines.stop();
  }

  #take(session: ServerHttp2Session): void {
    const accepted = this.#accepting;
    if (accepted === undefined) throw new Error('a session without a connection');
    const { setTimer, settings, random } = this.#parts;
    const connection = new Http2Connection(session, accepted);
    this.#connections.set(session, connection);
    this.#handshakes.start(connection);
    const age = spreadAgeMillis(settings.connectionAgeMillis, random);
    connection.cancelTimer = setTimer(() => this.#recycle(connection, 'the connection is old enough for another'), age);
    session.once('remoteSettings', () => {
      this.#handshakes.delete(connection);
      this.#silence.start(connection);
    });
    session.once('close', () => this.#forget(session, connection));
  }

  #forget(session: ServerHttp2Session, connection: Http2Connection): void {
    this.#connections.delete(session);
    connection.cancelTimer?.();
    for (const deadlines of [this.#handshakes, this.#silence, this.#pongs]) deadlines.delete(connection);
  }

  #recycle(connection: Http2Connection, reason: string): void {
    const { setTimer, settings } = this.#parts;
    connection.cancelTimer = setTimer(() => connection.destroy(), settings.connectionGraceMillis);
    connection.leave(reason);
  }

  /** A client behind a broken path is not told from one that has nothing to say; only its answer to a ping is. */
  #lookFor(connection: Http2Connection): void {
    if (!connection.wasSilent()) {
      this.#silence.start(connection);
      return;
    }
    this.#pongs.start(connection);
    connection.ping(() => {
      this.#pongs.delete(connection);
      if (!connection.closed) this.#silence.start(connection);
    });
  }

  #open(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void {
    // What breaks a stream is told by its end; without a listener the error would be thrown.
    stream.on('error', ignore);
    const connection = stream.session === undefined ? undefined : this.#connections.get(stream.session);
    if (
      connection === undefined ||
      isBomb(rawHeaders) ||
      connection.leaving ||
      connection.calls.size >= this.#parts.settings.streamsPerConnection
    ) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    if (!isGrpc(headers)) {
      answer(stream, { ':status': UNSUPPORTED_MEDIA_TYPE });
      return;
    }
    const path = headers[':path'];
    const method = this.#methods.get(path ?? '');
    if (method === undefined) {
      answer(stream, { ...RESPONSE_HEADERS, ...trailersOf('unimplemented', `the relay has no method ${JSON.stringify(path)}`) });
      return;
    }
    const peer = connection.peer(headers['user-agent'] ?? '');
    // The set is the connection's own: a call that is over leaves it by itself.
    connection.calls.add(new Http2Call(this.#callParts, method, stream, { peer, calls: connection.calls }));
  }
}

function ignore(): void {}

function answer(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  stream.respond(headers, { endStream: true });
  stream.resume();
  setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
}
