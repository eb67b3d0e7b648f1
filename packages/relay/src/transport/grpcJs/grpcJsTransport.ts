import {
  type handleBidiStreamingCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import type { Call, Method } from '../../method.ts';
import type { EndStatus, Outlet } from '../../outlet.ts';
import type { PeerInfo } from '../../ports.ts';
import { Deadlines } from '../deadlines.ts';
import { HEADER_LIST_BYTES, isBomb, PONG_MILLIS } from '../limits.ts';
import { spreadAgeMillis } from '../spreadAge.ts';
import type { Connection, Transport, TransportParts } from '../transport.ts';

// gRPC by grpc-js. Requests and responses pass as the bytes they are.

const STATUS: Readonly<Record<EndStatus, status>> = {
  ok: status.OK,
  invalidArgument: status.INVALID_ARGUMENT,
  notFound: status.NOT_FOUND,
  permissionDenied: status.PERMISSION_DENIED,
  resourceExhausted: status.RESOURCE_EXHAUSTED,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
  unavailable: status.UNAVAILABLE,
};

const asIs = (bytes: Buffer): Buffer => bytes;

/** A call of one request is a stream of one on the wire; taken as a stream, it is served like any other. */
const definitionOf = ({ path }: Method) => ({
  path,
  requestStream: true,
  responseStream: true,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});

type GrpcCall = ServerDuplexStream<Buffer, Buffer>;

/** gRPC by grpc-js: the library that most Node servers trust. */
export class GrpcJsTransport implements Transport {
  readonly #parts: TransportParts;
  readonly #server: Server;
  readonly #injector: ReturnType<Server['createConnectionInjector']>;
  /** By the client's address; grpc-js tells no more of a call's connection. */
  readonly #connections = new Map<string, Connection>();
  readonly #calls = new Set<GrpcJsCall>();
  readonly #unread: Deadlines<GrpcJsCall>;

  constructor(parts: TransportParts) {
    this.#parts = parts;
    const { settings, methods } = parts;
    this.#server = new Server({
      'grpc.max_receive_message_length': settings.maxRequestBytes,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': settings.streamsPerConnection,
      'grpc.max_metadata_size': HEADER_LIST_BYTES,
      'grpc.keepalive_time_ms': settings.keepaliveMillis,
      'grpc.keepalive_timeout_ms': PONG_MILLIS,
      'grpc.enable_channelz': 0,
    });
    const definitions: ServiceDefinition = Object.fromEntries(methods.map((method) => [method.path, definitionOf(method)]));
    const handlers = methods.map((method) => [
      method.path,
      ((call) => this.#open(method, call)) satisfies handleBidiStreamingCall<Buffer, Buffer>,
    ]);
    this.#server.addService(definitions, Object.fromEntries(handlers));
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#unread = new Deadlines(parts, settings.unreadMillis, (call) => this.#cut(call));
  }

  serve(connection: Connection): void {
    const { socket, address } = connection;
    this.#connections.set(address, connection);
    socket.once('close', () => {
      if (this.#connections.get(address) === connection) this.#connections.delete(address);
    });
    this.#injector.injectConnection(socket);
  }

  drain(spreadMillis: number): void {
    const { random, setTimer } = this.#parts;
    const leave = (call: GrpcJsCall): void => call.recycle('the relay is shutting down');
    // The connections of those that have left, and of those that call nothing.
    this.#injector.drain(spreadMillis + this.#parts.settings.connectionGraceMillis);
    for (const call of [...this.#calls]) {
      call.cancelTimer();
      if (spreadMillis === 0) leave(call);
      else call.cancelTimer = setTimer(() => leave(call), Math.floor(random() * spreadMillis));
    }
  }

  stop(): void {
    this.#injector.destroy();
    this.#server.forceShutdown();
    this.#unread.stop();
    for (const call of this.#calls) call.cancelTimer();
  }

  #open(method: Method, call: GrpcCall): void {
    if (isBomb(Object.entries(call.metadata.getMap()).flatMap(([name, value]) => [name, String(value)]))) {
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: `headers of more than ${HEADER_LIST_BYTES} bytes` });
      return;
    }
    const { settings, random, setTimer } = this.#parts;
    const served = new GrpcJsCall(method, call, this.#peer(call), this.#unread);
    this.#calls.add(served);
    const age = spreadAgeMillis(settings.connectionAgeMillis, random);
    served.cancelTimer = setTimer(() => served.recycle('the stream is old enough for another'), age);
    call.once('close', () => {
      served.cancelTimer();
      this.#calls.delete(served);
    });
  }

  #peer(call: GrpcCall): PeerInfo {
    const agent = call.metadata.get('user-agent')[0];
    const peer = call.getPeer();
    // A unix socket has no remote address.
    const address = peer === 'unknown' ? 'unix:' : peer;
    const uri = this.#connections.get(address)?.certificateUri;
    return { address, userAgent: agent === undefined ? '' : String(agent), ...(uri !== undefined && { certificateUri: uri }) };
  }

  /** One call of it cannot be cut: grpc-js has nothing for that, and the status waits behind what is unread. */
  #cut({ peer }: GrpcJsCall): void {
    this.#connections.get(peer.address)?.socket.destroy();
  }
}

/** One call: messages in and out, back-pressure, status. */
class GrpcJsCall implements Outlet {
  readonly peer: PeerInfo;
  cancelTimer: () => void = () => {};
  readonly #grpc: GrpcCall;
  readonly #unread: Deadlines<GrpcJsCall>;
  readonly #call: Call;
  #requests = 0;
  #ended = false;

  constructor(method: Method, grpc: GrpcCall, peer: PeerInfo, unread: Deadlines<GrpcJsCall>) {
    this.#grpc = grpc;
    this.peer = peer;
    this.#unread = unread;
    this.#call = method.open(this);
    grpc.on('data', (request: Buffer) => this.#take(method, request));
    grpc.on('end', () => this.#requestsEnded(method));
    grpc.on('cancelled', () => this.#over('the connection was lost or the call cancelled'));
    grpc.on('close', () => this.#over('the stream was closed'));
  }

  // One response at a time is with HTTP/2: the next is decided on when this one has left, so that a slow reader costs one body
  // and gets the newest when it reads again. (The stream's own high-water mark counts messages, sixteen of them.)
  send(body: Buffer): boolean {
    if (this.#ended) return false;
    this.#unread.start(this);
    this.#grpc.write(body, (error: Error | null | undefined) => {
      this.#unread.delete(this);
      if ((error === null || error === undefined) && !this.#ended) this.#call.drained();
    });
    return false;
  }

  end(ended: EndStatus, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    if (ended === 'ok') this.#grpc.end();
    else this.#grpc.emit('error', { code: STATUS[ended], details: detail });
  }

  pauseRequests(paused: boolean): void {
    if (paused) this.#grpc.pause();
    else this.#grpc.resume();
  }

  /** Ends it with OK: the client is to come again. */
  recycle(reason: string): void {
    this.end('ok', reason);
    this.#call.closed(reason);
  }

  #take({ requests }: Method, request: Buffer): void {
    this.#requests += 1;
    if (this.#ended) return;
    if (requests === 'one' && this.#requests > 1) this.end('unimplemented', 'a second request; the method takes one');
    else this.#call.receive(request);
  }

  #requestsEnded({ requests }: Method): void {
    if (requests === 'one' && this.#requests === 0) this.end('invalidArgument', 'no request; the method takes one');
    else this.#call.requestsEnded();
  }

  #over(reason: string): void {
    this.#ended = true;
    this.#unread.delete(this);
    this.#call.closed(reason);
  }
}
