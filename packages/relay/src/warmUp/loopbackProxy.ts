import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import type { TypeUrl } from '@meshwright/snapshot';
import { MessageReader, MessageWriter } from '../transport/http2/messages.ts';
import { WireReader } from '../wire/reader.ts';
import { encodeNames } from '../wire/responses.ts';
import { bytesField, stringField } from '../wire/writer.ts';
import { CLUSTER_NAMES, ROUTE_NAMES } from './madeUpMesh.ts';

const PATH = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';
const MOST_RESPONSE_BYTES = 1024 * 1024;

/** What an Envoy that boots asks for when the type before it has come. */
const NEXT: ReadonlyMap<TypeUrl, TypeUrl> = new Map([
  [CLUSTER_TYPE, ENDPOINT_TYPE],
  [ENDPOINT_TYPE, LISTENER_TYPE],
  [LISTENER_TYPE, ROUTE_TYPE],
]);
const NAMES: ReadonlyMap<TypeUrl, Buffer> = new Map([
  [ENDPOINT_TYPE, encodeNames(CLUSTER_NAMES)],
  [ROUTE_TYPE, encodeNames(ROUTE_NAMES)],
]);
const NO_NAMES = Buffer.alloc(0);

/** Where to, and what is told of it. */
export interface LoopbackTarget {
  readonly port: number;
  readonly isSecure: boolean;
  /** It has taken its routes for the so manieth time. */
  readonly routed: (times: number) => void;
  /** It cannot go on. */
  readonly failed: (error: Error) => void;
}

/** The stream of a proxy that boots and acknowledges whatever comes, on a connection of its own to the same process. */
export class LoopbackProxy {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #routed: (times: number) => void;
  readonly #seen = new Set<TypeUrl>();
  #routes = 0;

  constructor({ port, isSecure, routed, failed }: LoopbackTarget) {
    this.#routed = routed;
    const host = `127.0.0.1:${port}`;
    // Whoever answers is this process: there is nobody to be told from it, and its certificate need not name the loopback address.
    this.#session = isSecure ? connect(`https://${host}`, { rejectUnauthorized: false }) : connect(`http://${host}`);
    this.#session.on('error', failed);
    this.#stream = this.#session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers' });
    this.#stream.on('error', failed);
    this.#stream.on('end', () => failed(new Error('a stream was ended')));
    const reader = new MessageReader(MOST_RESPONSE_BYTES, (response) => this.#take(response));
    this.#stream.on('data', (chunk: Buffer) => reader.add(chunk));
    this.#ask(CLUSTER_TYPE);
  }

  /** Leaves without a word, as proxies do. */
  leave(): void {
    for (const source of [this.#stream, this.#session]) source.removeAllListeners('error').on('error', () => {});
    this.#stream.removeAllListeners('end');
    this.#session.destroy();
  }

  #take(response: Buffer): void {
    const { version, typeUrl, nonce } = read(response);
    this.#ask(typeUrl, version, nonce);
    const next = NEXT.get(typeUrl);
    if (next !== undefined && !this.#seen.has(next)) this.#ask(next);
    if (typeUrl !== ROUTE_TYPE) return;
    this.#routes += 1;
    this.#routed(this.#routes);
  }

  #ask(typeUrl: TypeUrl, version = '', nonce = ''): void {
    const node = this.#seen.size === 0 ? bytesField(2, Buffer.concat([stringField(1, 'warm-up'), stringField(2, 'warm-up')])) : [];
    this.#seen.add(typeUrl);
    const names = NAMES.get(typeUrl) ?? NO_NAMES;
    const request = [stringField(1, version), ...node, names, stringField(4, typeUrl), stringField(5, nonce)];
    this.#stream.write(new MessageWriter().framed(Buffer.concat(request)));
  }
}

/** What an acknowledgement repeats of a DiscoveryResponse. */
function read(response: Buffer): { readonly version: string; readonly typeUrl: TypeUrl; readonly nonce: string } {
  const reader = new WireReader(response);
  const read = { version: '', typeUrl: '', nonce: '' };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) read.version = reader.string();
    else if (field === 4) read.typeUrl = reader.string();
    else if (field === 5) read.nonce = reader.string();
    else reader.skip();
  }
  return read;
}
