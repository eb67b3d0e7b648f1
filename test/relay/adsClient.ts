import { type ClientHttp2Stream, connect } from 'node:http2';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Client, type ClientDuplexStream, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';
const asIs = (bytes: Buffer): Buffer => bytes;

/** How a stream ended; `status` as gRPC numbers it. */
export interface Ending {
  readonly status: number;
  readonly detail: string;
}

/** One response, reduced to what both protocols have. */
export interface Response {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly version: string;
  readonly resourceCount: number;
}

/** What a client shows and trusts, as PEM. */
export interface ClientTls {
  readonly authority: string;
  readonly own?: { readonly certificate: string; readonly key: string };
}

const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));

/** A gRPC client that speaks ADS message by message. */
export class AdsClient {
  readonly #client: Client;

  /** @param tls authority to trust, and a certificate of one's own; the server is to be `relay.test`. */
  constructor(address: string, tls?: ClientTls) {
    const channel =
      tls === undefined
        ? credentials.createInsecure()
        : credentials.createSsl(Buffer.from(tls.authority), pem(tls.own?.key), pem(tls.own?.certificate));
    this.#client = new Client(address, channel, {
      ...(tls !== undefined && { 'grpc.ssl_target_name_override': 'relay.test' }),
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
    });
  }

  sotw(): AdsStream {
    return new AdsStream(this.#open('StreamAggregatedResources'), (bytes) => {
      const { typeUrl, nonce, versionInfo, resources } = fromBinary(DiscoveryResponseSchema, bytes);
      return { typeUrl, nonce, version: versionInfo, resourceCount: resources.length };
    });
  }

  delta(): AdsStream {
    return new AdsStream(this.#open('DeltaAggregatedResources'), (bytes) => {
      const { typeUrl, nonce, systemVersionInfo, resources } = fromBinary(DeltaDiscoveryResponseSchema, bytes);
      return { typeUrl, nonce, version: systemVersionInfo, resourceCount: resources.length };
    });
  }

  /** A stream of any method of the service. */
  method(name: string): AdsStream {
    return new AdsStream(this.#open(name), () => ({ typeUrl: '', nonce: '', version: '', resourceCount: 0 }));
  }

  close(): void {
    this.#client.close();
  }

  #open(method: string): ClientDuplexStream<Buffer, Buffer> {
    return this.#client.makeBidiStreamRequest<Buffer, Buffer>(`${SERVICE}/${method}`, asIs, asIs);
  }
}

/** One stream: responses are awaited one by one. */
export class AdsStream {
  readonly call: ClientDuplexStream<Buffer, Buffer>;
  readonly ended: Promise<Ending>;
  /** Responses so far. */
  received = 0;
  readonly #arrived: Response[] = [];
  readonly #waiting: ((response: Response) => void)[] = [];

  constructor(call: ClientDuplexStream<Buffer, Buffer>, decode: (bytes: Buffer) => Response) {
    this.call = call;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    call.on('data', (bytes: Buffer) => {
      const response = decode(bytes);
      this.received += 1;
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#arrived.push(response);
      else waiting(response);
    });
    // The status tells the same; without a listener the error would be thrown.
    call.on('error', (_error: ServiceError) => {});
    call.on('status', ({ code, details }) => resolve({ status: code, detail: details }));
  }

  /** The next response, arrived or to come. */
  next(): Promise<Response> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.#waiting.push(resolve);
    return promise;
  }

  ask(request: {
    readonly typeUrl: string;
    readonly node?: string;
    readonly names?: readonly string[];
    readonly version?: string;
    readonly nonce?: string;
    /** Refuses what `nonce` is of. */
    readonly error?: string;
  }): void {
    const node = request.node === undefined ? {} : { node: { id: request.node } };
    const { typeUrl, names = [], version = '', nonce = '', error } = request;
    const message = create(DiscoveryRequestSchema, {
      ...node,
      typeUrl,
      resourceNames: [...names],
      versionInfo: version,
      responseNonce: nonce,
      ...(error !== undefined && { errorDetail: { code: 3, message: error } }),
    });
    this.call.write(Buffer.from(toBinary(DiscoveryRequestSchema, message)));
  }

  askDelta(
    request: Partial<Omit<DeltaDiscoveryRequest, '$typeName' | '$unknown' | 'node'>> & { readonly node?: { readonly id: string } },
  ): void {
    this.call.write(Buffer.from(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, request))));
  }
}

const FRAME_HEAD_BYTES = 5;

/** A stream with one request on it of which nothing is read before `resume`: gRPC's own client reads ahead, sixteen messages of any size. */
export function openUnread(port: number, request: MessageInitShape<typeof DiscoveryRequestSchema>): ClientHttp2Stream {
  const session = connect(`http://127.0.0.1:${port}`);
  const path = `${SERVICE}/StreamAggregatedResources`;
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
  const message = toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, request));
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  stream.write(Buffer.concat([head, message]));
  return stream;
}
