import { createServer, type Server as NetServer, type Socket } from 'node:net';
import {
  type handleBidiStreamingCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import type { Method, Call as RelayCall } from './method.ts';
import type { EndStatus, Outlet } from './outlet.ts';
import type { RelaySettings } from './settings.ts';

// The transport: gRPC over HTTP/2. Requests and responses pass as the bytes they are; all that is known of xDS is in the core.

const STATUS: Readonly<Record<EndStatus, status>> = {
  ok: status.OK,
  invalidArgument: status.INVALID_ARGUMENT,
  notFound: status.NOT_FOUND,
  unimplemented: status.UNIMPLEMENTED,
  unavailable: status.UNAVAILABLE,
  resourceExhausted: status.RESOURCE_EXHAUSTED,
  permissionDenied: status.PERMISSION_DENIED,
  internal: status.INTERNAL,
};

// A storm of reconnecting proxies overflows Node's usual 511: of 4,000 connections 826 were dropped.
const BACKLOG = 4096;
const KEEPALIVE_TIMEOUT_MILLIS = 20_000;
const HEADER_LIST_BYTES = 16 * 1024;

const asIs = (bytes: Buffer): Buffer => bytes;
/** A unary call is a stream of one request on the wire; taken as a stream, both kinds are served alike. */
const definitionOf = ({ path }: Method) => ({
  path,
  requestStream: true,
  responseStream: true,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});

/** A gRPC server that offers the methods of a relay. */
export class GrpcTransport {
  readonly #server: Server;
  readonly #injector: ReturnType<Server['createConnectionInjector']>;
  readonly #sockets = new Set<Socket>();
  readonly #net: NetServer;

  constructor(methods: readonly Method[], settings: RelaySettings) {
    this.#server = new Server({
      'grpc.max_receive_message_length': settings.maxRequestBytes,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': settings.streamsPerConnection,
      'grpc.max_metadata_size': HEADER_LIST_BYTES,
      'grpc.keepalive_time_ms': settings.keepaliveMillis,
      'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MILLIS,
      'grpc.enable_channelz': 0,
    });
    const definitions: ServiceDefinition = Object.fromEntries(methods.map((method) => [method.path, definitionOf(method)]));
    const handlers = methods.map((method) => [
      method.path,
      ((call) => serve(method, call)) satisfies handleBidiStreamingCall<Buffer, Buffer>,
    ]);
    this.#server.addService(definitions, Object.fromEntries(handlers));
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#net = createServer({ noDelay: true }, (socket) => this.#inject(socket));
  }

  /** @throws Error when the address cannot be listened on. */
  async listen(address: string): Promise<{ readonly port: number }> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#net.once('error', reject);
    this.#net.listen({ ...parseAddress(address), backlog: BACKLOG }, resolve);
    await promise;
    this.#net.off('error', reject);
    const bound = this.#net.address();
    return { port: bound === null || typeof bound === 'string' ? 0 : bound.port };
  }

  /** Takes no connection any more and announces it (GOAWAY); cuts what is left when `grace` resolves. */
  async close(grace: Promise<void>, graceMillis: number): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#net.close(() => resolve());
    this.#injector.drain(graceMillis);
    await Promise.race([ended, grace]);
    for (const socket of this.#sockets) socket.destroy();
    this.#injector.destroy();
    this.#server.forceShutdown();
  }

  #inject(socket: Socket): void {
    this.#sockets.add(socket);
    // A connection that breaks is told to its streams; the socket's own error has nobody else to go to.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  }
}

type Call = ServerDuplexStream<Buffer, Buffer>;

function serve(method: Method, call: Call): void {
  const taken: RelayCall = method.open(outletOf(call, () => taken.drained()));
  let requests = 0;
  call.on('data', (request: Buffer) => {
    requests += 1;
    if (method.kind === 'stream' || requests === 1) taken.receive(request);
  });
  call.on('end', () => taken.requestsEnded());
  call.on('cancelled', () => taken.closed('the connection was lost or the call cancelled'));
  call.on('close', () => taken.closed('the stream was closed'));
}

/**
 * One response at a time is with HTTP/2: the next is decided on when this one has left, so that a slow reader costs one body
 * and gets the newest when it reads again. (The stream's own high-water mark counts messages, sixteen of them.)
 */
function outletOf(call: Call, drained: () => void): Outlet {
  const agent = call.metadata.get('user-agent')[0];
  const address = call.getPeer();
  return {
    // A unix socket has no remote address.
    peer: { address: address === 'unknown' ? 'unix:' : address, userAgent: agent === undefined ? '' : String(agent) },
    send(body) {
      call.write(body, (error: Error | null | undefined) => {
        if (error === null || error === undefined) drained();
      });
      return false;
    },
    end(ended, detail) {
      if (ended === 'ok') call.end();
      else call.emit('error', { code: STATUS[ended], details: detail });
    },
  };
}

/** @throws TypeError when it is neither `host:port` nor `unix:/path`. */
function parseAddress(address: string): { readonly path: string } | { readonly host: string; readonly port: number } {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length).replace(/^\/\/(?=\/)/, '') };
  const [, host, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)?.filter((part) => part !== undefined) ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    throw new TypeError(`address ${JSON.stringify(address)} is neither host:port nor unix:/path; write 127.0.0.1:0 for any free port`);
  }
  return { host, port: Number(port) };
}
