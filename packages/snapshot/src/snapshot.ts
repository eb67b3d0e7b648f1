/** Hash of encoded bytes: the first 128 bits of their SHA-256, 32 hex digits. */
export type ContentHash = string;

/** An Envoy type URL, such as `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
export type TypeUrl = string;

/** Orders the snapshots of one mesh: epoch first, then n, then build. */
export interface SnapshotVersion {
  /** Raised by a restore; starts at 1. */
  readonly epoch: number;
  /** The mesh's generation that was compiled: users call it the revision. */
  readonly n: bigint;
  /** The compiler's build; a newer one publishes the same n again. */
  readonly build: number;
}

/** What the relay asks its endpoint source for one EDS cluster; opaque to the relay. */
export type EndpointQuery = Readonly<Record<string, string>>;

/** The App Mesh resource and place an Envoy resource came from. */
export interface Source {
  /** ARN path below the mesh: `virtualNode/NAME`, `virtualRouter/R/route/NAME`; empty for the mesh itself. */
  readonly resource: string;
  /** JSON pointer into its spec. */
  readonly pointer: string;
}

/** One proxy's resources of one type. */
export interface TypeSnapshot {
  /** Hash of the references: equal content, equal version, on every relay. */
  readonly version: string;
  /** Envoy resource name → content. */
  readonly references: ReadonlyMap<string, ContentHash>;
}

/** What one proxy gets; all replicas of a virtual node share one. */
export interface ProxySnapshot {
  readonly types: ReadonlyMap<TypeUrl, TypeSnapshot>;
  /** EDS cluster name → query. Endpoints are live data and never part of a version. */
  readonly endpointQueries: ReadonlyMap<string, EndpointQuery>;
  /**
   * `<type URL>/<resource name>` → where it came from; of virtual hosts and routes that have a resource of their own also
   * `<type URL>/<resource name>#virtualHosts/<name>` and `…#routes/<name>`.
   */
  readonly sources: ReadonlyMap<string, Source>;
}

/** Why a proxy has a part that its version's compile did not make, and where that part is from. */
export interface CarriedOver {
  /** The version whose compile made it. */
  readonly version: SnapshotVersion;
  /** Why none after it could, for people. */
  readonly reason: string;
}

/** All proxies of one mesh at one version; resources are content-addressed and shared between proxies. */
export interface MeshSnapshot {
  /** Opaque here: `<owner account>/<mesh name>`. */
  readonly mesh: string;
  readonly version: SnapshotVersion;
  /** Encoded `google.protobuf.Any` of each Envoy resource. One that no proxy refers to is no content: it may not be read back. */
  readonly resources: ReadonlyMap<ContentHash, Uint8Array>;
  /** Key: `virtualNode/NAME`. */
  readonly proxies: ReadonlyMap<string, ProxySnapshot>;
  /**
   * The proxies that could not be compiled and kept what they had in an earlier version; left out when there are none. All others
   * follow from the mesh's state at this version alone.
   */
  readonly carriedOver?: ReadonlyMap<string, CarriedOver>;
}
