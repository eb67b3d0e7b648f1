import type { EndpointQuery, RefusedContent, RefusedSource, TypeUrl } from '@meshwright/snapshot';

/** Who opened a stream, as the transport saw it. */
export interface PeerInfo {
  /** Remote address, `host:port`, or `unix:`. */
  readonly address: string;
  /** `user-agent` of the stream: `grpc-c++/…` tells the google_grpc client with its 4 MiB limit. */
  readonly userAgent: string;
  /** The one URI in the client's certificate, which an authority of the relay's vouches for; undefined without TLS client authentication. */
  readonly certificateUri?: string;
}

/** What the first request said of the node; nothing in it is trusted before `Authenticate` has answered. */
export interface NodeInfo {
  /** At most 1,024 characters, like the others. */
  readonly id: string;
  readonly cluster: string;
  /** Such as `1.40.0`; empty when not told. */
  readonly envoyVersion: string;
  /** What tells it from its replicas: ECS task ARN, else pod UID, else interface address, of at most 512 characters; absent when not told. */
  readonly instance?: string;
}

/** The proxy a stream may read, or why it may read nothing. */
export type Admission =
  | { readonly kind: 'proxy'; readonly mesh: string; readonly proxy: string }
  /** The stream stays open and silent: the name may exist later. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** The stream ends with PERMISSION_DENIED. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Decides, before anything is sent, which proxy's snapshot a stream gets: mesh as `<owner>/<mesh>`, proxy as `virtualNode/NAME`.
 * It may take its time, up to `authenticateMillis`: what the client sends meanwhile is kept. A promise that is broken ends the
 * stream with UNAVAILABLE, for nothing is known then of who it is.
 */
export type Authenticate = (peer: PeerInfo, node: NodeInfo) => Admission | Promise<Admission>;

/** Live endpoints of EDS clusters; they are never part of a snapshot. */
export interface EndpointSource {
  /** Encoded `google.protobuf.Any` of the cluster's ClusterLoadAssignment and the hash of its content; undefined until known. */
  current(cluster: string, query: EndpointQuery): { readonly bytes: Uint8Array; readonly version: string } | undefined;
  /** Calls back with the query that has new endpoints; returns a function that ends it. */
  subscribe(listener: (query: EndpointQuery) => void): () => void;
}

/**
 * Live trust bundles and other public material that proxies ask for by name (SDS); never part of a snapshot. A secret with
 * anything but a validation context is not passed on: keys stay at the workload.
 */
export interface SecretSource {
  /** Encoded `google.protobuf.Any` of the Secret and the hash of its content; undefined while there is none of this name. */
  current(mesh: string, name: string): { readonly bytes: Uint8Array; readonly version: string } | undefined;
  /** Calls back with the mesh and name of what is new or gone; returns a function that ends it. */
  subscribe(listener: (mesh: string, name: string) => void): () => void;
}

interface SessionEvent {
  /** Unique in this relay process. */
  readonly session: number;
  /** Address and user agent alone, whatever else a transport hands to `Authenticate`: credentials are never told on. */
  readonly peer: Pick<PeerInfo, 'address' | 'userAgent'>;
  readonly node: NodeInfo;
}
interface TypedEvent extends SessionEvent {
  readonly typeUrl: TypeUrl;
  /** Content hash sent as version_info, or system_version_info in delta. */
  readonly version: string;
}

/** What happened to one proxy's stream; the only thing the relay tells the outside. */
export type ProxyStatusEvent =
  | (SessionEvent & { readonly kind: 'connected'; readonly protocol: 'sotw' | 'delta'; readonly admission: Admission })
  /** A known mesh has no such proxy (deleted, or not created yet): nothing is sent, what the proxy runs stays. */
  | (SessionEvent & { readonly kind: 'orphaned'; readonly reason: string })
  /** The proxy of an orphaned stream exists (again): what differs from what it was sent follows, which may be nothing. */
  | (SessionEvent & { readonly kind: 'found'; readonly snapshotVersion: string })
  | (TypedEvent & { readonly kind: 'sent'; readonly snapshotVersion: string; readonly resourceCount: number; readonly sizeBytes: number })
  | (TypedEvent & { readonly kind: 'acked'; readonly snapshotVersion: string; readonly millis: number })
  /** `message` is the client's own, cut after 4,096 characters; `causes` is what in the mesh it is about, as far as it tells. */
  | (TypedEvent & {
      readonly kind: 'rejected';
      readonly snapshotVersion: string;
      readonly message: string;
      readonly causes?: readonly RefusedSource[];
      /** Resources it is about, at most 8; none where it may be about more. */
      readonly contents?: readonly RefusedContent[];
    })
  /** More than three quarters of what this client takes of a type, or more than that (`withheld`): then it keeps what it has until the content changes. */
  | (TypedEvent & {
      readonly kind: 'tooLarge';
      readonly snapshotVersion: string;
      readonly sizeBytes: number;
      readonly limitBytes: number;
      readonly withheld: boolean;
    })
  /** A type the relay does not serve: the request is left unanswered; told once per stream and type. */
  | (SessionEvent & { readonly kind: 'ignored'; readonly typeUrl: TypeUrl; readonly reason: string })
  | (SessionEvent & { readonly kind: 'gone'; readonly reason: string })
  /** A secret that may hold a key was not sent to those who ask for it. */
  | { readonly kind: 'secretWithheld'; readonly mesh: string; readonly name: string; readonly reason: string }
  /** A snapshot could not be read: the last good one stays in service. */
  | { readonly kind: 'snapshotUnreadable'; readonly mesh: string; readonly reason: string };
