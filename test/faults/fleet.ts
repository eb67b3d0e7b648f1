import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import {
  DiscoveryRequestSchema,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
} from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';

const PATH = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';
const HEAD_BYTES = 5;
// Envoy's own: config/subscription/grpc uses 500 ms, doubled up to 30 s, and takes a random part of it.
const FIRST_BACKOFF_MILLIS = 500;
const LONGEST_BACKOFF_MILLIS = 30_000;

/** What is kept of one response. */
export interface Taken {
  readonly typeUrl: string;
  readonly version: string;
  readonly resourceCount: number;
  /** Which of the proxy's streams it came on, from 0. */
  readonly stream: number;
}

interface FleetOptions {
  readonly port: number;
  readonly nodeId: string;
  /** Names of the route configurations it asks for. */
  readonly routes: readonly string[];
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly onChange: () => void;
}

/**
 * A proxy that asks and acknowledges as an Envoy does in the state-of-the-world protocol, and comes back as one when its stream ends:
 * with the versions it has, after a random part of a wait that doubles. It keeps what it was sent as versions and counts.
 */
export class FleetProxy {
  readonly taken: Taken[] = [];
  /** `grpc-status` of each stream that the relay ended. */
  readonly endings: string[] = [];
  readonly #options: FleetOptions;
  readonly #versions = new Map<string, string>();
  #session: ClientHttp2Session | undefined;
  #retry: NodeJS.Timeout | undefined;
  #backoffMillis = FIRST_BACKOFF_MILLIS;
  #streams = -1;
  #closed = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#open();
  }

  /** The last version of a type that was sent. */
  version(typeUrl: string): string | undefined {
    return this.#versions.get(typeUrl);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#session?.destroy();
  }

  #open(): void {
    const session = connect(`http://127.0.0.1:${this.#options.port}`);
    this.#session = session;
    session.on('error', () => {}); // told by its close
    session.once('close', () => this.#again());
    session.once('goaway', () => session.close());
    session.once('connect', () => this.#speak(session));
  }

  #again(): void {
    if (this.#closed) return;
    const wait = this.#backoffMillis * this.#options.random();
    this.#backoffMillis = Math.min(2 * this.#backoffMillis, LONGEST_BACKOFF_MILLIS);
    this.#retry = setTimeout(() => this.#open(), wait);
  }

  #speak(session: ClientHttp2Session): void {
    this.#streams += 1;
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers' });
    stream.on('error', () => {}); // told by its close
    stream.once('trailers', (trailers) => this.endings.push(String(trailers['grpc-status'])));
    stream.once('close', () => session.close());
    let rest = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = messageEnd(rest); end !== undefined; end = messageEnd(rest)) {
        this.#take(stream, fromBinary(DiscoveryResponseSchema, rest.subarray(HEAD_BYTES, end)));
        rest = rest.subarray(end);
      }
    });
    for (const [index, typeUrl] of [CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE].entries()) this.#ask(stream, typeUrl, '', index === 0);
  }

  #take(stream: ClientHttp2Stream, { typeUrl, versionInfo, nonce, resources }: DiscoveryResponse): void {
    this.#backoffMillis = FIRST_BACKOFF_MILLIS;
    this.#versions.set(typeUrl, versionInfo);
    this.taken.push({ typeUrl, version: versionInfo, resourceCount: resources.length, stream: this.#streams });
    this.#ask(stream, typeUrl, nonce);
    this.#options.onChange();
  }

  #ask(stream: ClientHttp2Stream, typeUrl: string, responseNonce: string, isFirst = false): void {
    const node = isFirst ? { node: { id: this.#options.nodeId, cluster: 'faults' } } : {};
    const resourceNames = typeUrl === ROUTE_TYPE ? [...this.#options.routes] : [];
    const versionInfo = this.#versions.get(typeUrl) ?? '';
    const message = toBinary(
      DiscoveryRequestSchema,
      create(DiscoveryRequestSchema, { ...node, typeUrl, versionInfo, responseNonce, resourceNames }),
    );
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(message.length, 1);
    if (!stream.destroyed) stream.write(Buffer.concat([head, message]));
  }
}

/** Where the first message in these bytes ends; undefined while it is not whole. */
function messageEnd(bytes: Buffer): number | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const end = HEAD_BYTES + bytes.readUInt32BE(1);
  return bytes.length < end ? undefined : end;
}

/** Many proxies, awaited together. */
export class Fleet {
  readonly proxies: readonly FleetProxy[];
  readonly #waiting = new Set<() => void>();

  constructor(count: number, options: Omit<FleetOptions, 'onChange'>) {
    const onChange = (): void => {
      for (const look of [...this.#waiting]) look();
    };
    this.proxies = Array.from({ length: count }, () => new FleetProxy({ ...options, onChange }));
  }

  /** Resolves once the condition holds for every proxy. */
  async until(what: string, condition: (proxy: FleetProxy) => boolean, millis = 60_000): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Those that were found well are not looked at again.
    const left = new Set(this.proxies);
    const look = (): void => {
      for (const proxy of left) {
        if (!condition(proxy)) return;
        left.delete(proxy);
      }
      resolve();
    };
    const timer = setTimeout(() => reject(new Error(`waited ${millis} ms for ${left.size} of ${this.proxies.length}: ${what}`)), millis);
    this.#waiting.add(look);
    look();
    await promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }

  /** How many have this version of a type. */
  count(typeUrl: string, version: string | undefined): number {
    return this.proxies.filter((proxy) => proxy.version(typeUrl) === version).length;
  }

  close(): void {
    for (const proxy of this.proxies) proxy.close();
  }
}
