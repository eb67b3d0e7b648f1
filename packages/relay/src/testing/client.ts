import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';
import type { RelayCore } from '../core.ts';
import { SECRET_TYPE } from '../liveTypes.ts';
import type { EndStatus } from '../outlet.ts';
import type { PeerInfo } from '../ports.ts';
import type { ProxyStream } from '../stream.ts';

/** Short names of the served types. */
export const TYPES = { cds: CLUSTER_TYPE, eds: ENDPOINT_TYPE, lds: LISTENER_TYPE, rds: ROUTE_TYPE, sds: SECRET_TYPE } as const;
export type Type = keyof typeof TYPES;

/** One response as a test reads it: resource name → text. */
export interface Received {
  readonly type: Type;
  readonly version: string;
  readonly nonce: string;
  readonly resources: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
  /** Delta: name → version of each resource. */
  readonly versions: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Ask {
  readonly names?: readonly string[];
  readonly unsubscribe?: readonly string[];
  readonly version?: string;
  readonly versions?: Readonly<Record<string, string>>;
  readonly nonce?: string;
  readonly error?: string;
  readonly node?: string;
  /** With the node. */
  readonly features?: readonly string[];
}

/** A client of which nothing is to be said. */
const PEER: PeerInfo = { address: '127.0.0.1:1', userAgent: '' };

/** One Envoy's side of a stream, step by step; answers nothing by itself. */
export class ScriptedClient {
  readonly received: Received[] = [];
  ended: { readonly status: EndStatus; readonly detail: string } | undefined;
  /** Makes the transport push back: nothing more is taken until `drain`. */
  slow = false;
  readonly stream: ProxyStream;
  readonly #protocol: 'sotw' | 'delta';
  #taken = 0;
  #node: string | undefined;
  readonly #names = new Map<Type, readonly string[]>();

  constructor(core: RelayCore, protocol: 'sotw' | 'delta', node: string, peer = PEER) {
    this.#protocol = protocol;
    this.#node = node;
    this.stream = core.open(protocol, {
      peer,
      send: (body) => {
        this.received.push(this.#decode(body));
        return !this.slow;
      },
      end: (status, detail) => {
        this.ended = { status, detail };
      },
      pauseRequests: () => {},
    });
  }

  /** One request; in state of the world the names stay what they were unless given. */
  ask(type: Type, ask: Ask = {}): this {
    const node = ask.node ?? this.#node;
    this.#node = undefined;
    const nodePart = node === undefined ? {} : { node: { id: node, cluster: 'c', clientFeatures: [...(ask.features ?? [])] } };
    const errorDetail = ask.error === undefined ? {} : { errorDetail: { code: 3, message: ask.error } };
    const common = { ...nodePart, ...errorDetail, typeUrl: TYPES[type], responseNonce: ask.nonce ?? '' };
    if (this.#protocol === 'delta') {
      const lists = { resourceNamesSubscribe: [...(ask.names ?? [])], resourceNamesUnsubscribe: [...(ask.unsubscribe ?? [])] };
      const request = create(DeltaDiscoveryRequestSchema, { ...common, ...lists, initialResourceVersions: { ...ask.versions } });
      this.stream.receive(toBinary(DeltaDiscoveryRequestSchema, request));
      return this;
    }
    const names = ask.names ?? this.#names.get(type) ?? [];
    this.#names.set(type, names);
    const request = create(DiscoveryRequestSchema, { ...common, versionInfo: ask.version ?? '', resourceNames: [...names] });
    this.stream.receive(toBinary(DiscoveryRequestSchema, request));
    return this;
  }

  /** Acknowledges a response, the last of its type if only that is said. */
  ack(what: Type | Received): this {
    const response = typeof what === 'string' ? this.last(what) : what;
    return this.ask(response.type, { version: response.version, nonce: response.nonce });
  }

  nack(type: Type, error = 'no'): this {
    return this.ask(type, { nonce: this.last(type).nonce, error });
  }

  last(type: Type): Received {
    const found = this.received.findLast((response) => response.type === type);
    if (found === undefined) throw new Error(`nothing received of ${type}`);
    return found;
  }

  /** Takes what has come in since the last call. */
  take(): Received[] {
    const fresh = this.received.slice(this.#taken);
    this.#taken = this.received.length;
    return fresh;
  }

  /** Types received since the last `take`, in order. */
  takeTypes(): string {
    return this.take()
      .map(({ type }) => type)
      .join(' ');
  }

  #decode(body: Buffer): Received {
    const typeOf = (typeUrl: string): Type => (Object.keys(TYPES) as Type[]).find((type) => TYPES[type] === typeUrl) as Type;
    const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();
    if (this.#protocol === 'delta') {
      const message = fromBinary(DeltaDiscoveryResponseSchema, body);
      const resources = Object.fromEntries(message.resources.map(({ name, resource }) => [name, text(resource?.value)]));
      const { systemVersionInfo: version, nonce, removedResources: removed } = message;
      const versions = Object.fromEntries(message.resources.map((resource) => [resource.name, resource.version]));
      return { type: typeOf(message.typeUrl), version, nonce, resources, removed, versions, body };
    }
    const message = fromBinary(DiscoveryResponseSchema, body);
    const resources = Object.fromEntries(message.resources.map(({ value }) => [text(value).split('=')[0], text(value)]));
    return {
      type: typeOf(message.typeUrl),
      version: message.versionInfo,
      nonce: message.nonce,
      resources,
      removed: [],
      versions: {},
      body,
    };
  }
}
