import type { EndpointQuery, TypeUrl } from '@meshwright/snapshot';

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
}

/** The proxy a stream may read, or why it may read nothing. */
export type Admission =
  | { readonly kind: 'proxy'; readonly mesh: string; readonly proxy: string }
  /** The stream stays open and silent: the name may exist later. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** The stream ends with PERMISSION_DENIED. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Decides, before anything is sent, which proxy's snapshot a stream gets: mesh as `<owner>/<mesh>`, proxy as `virtualNode/NAME`. */
export type Authenticate = (peer: PeerInfo, node: NodeInfo) => Admission;

/** Live endpoints of EDS clusters; they are never part of a snapshot. */
export interface EndpointSource {
  /** Encoded `google.protobuf.Any` of the cluster's ClusterLoadAssignment and the hash of its content; undefined until known. */
  current(cluster: string, query: EndpointQuery): { readonly bytes: Uint8Array; readonly version: string } | undefined;
  /** Calls back with the query that has new endpoints; returns a function that ends it. */
  subscribe(listener: (query: EndpointQuery) => void): () => void;
}

interface SessionEvent {
  /** Unique in this relay process. */
  readonly session: number;
  readonly peer: PeerInfo;
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
  /** `message` is the client's own, cut after 4,096 characters. */
  | (TypedEvent & { readonly kind: 'rejected'; readonly snapshotVersion: string; readonly message: string })
  /** A type the relay does not serve: the request is left unanswered; told once per stream and type. */
  | (SessionEvent & { readonly kind: 'ignored'; readonly typeUrl: TypeUrl; readonly reason: string })
  | (SessionEvent & { readonly kind: 'gone'; readonly reason: string })
  /** A snapshot could not be read: the last good one stays in service. */
  | { readonly kind: 'snapshotUnreadable'; readonly mesh: string; readonly reason: string };
