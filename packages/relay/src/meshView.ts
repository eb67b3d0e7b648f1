import {
  type ContentHash,
  type EndpointQuery,
  formatVersion,
  type MeshSnapshot,
  type ProxySnapshot,
  type SnapshotVersion,
  type TypeUrl,
} from '@meshwright/snapshot';
import { ResourceSet } from './resourceSet.ts';

/** One proxy's content at one version, as all its streams share it. */
export class ProxyView {
  readonly name: string;
  readonly endpointQueries: ReadonlyMap<string, EndpointQuery>;
  readonly #sets: ReadonlyMap<TypeUrl, ResourceSet>;
  readonly #gone = new WeakMap<ProxyView, ReadonlyMap<string, EndpointQuery>>();

  constructor(name: string, proxy: ProxySnapshot, contents: ReadonlyMap<ContentHash, Uint8Array>, previous: ProxyView | undefined) {
    this.name = name;
    this.endpointQueries = proxy.endpointQueries;
    this.#sets = new Map(
      Array.from(proxy.types, ([typeUrl, type]) => {
        const same = previous?.set(typeUrl);
        // The same object for the same content: streams that hold it are seen to be current without a comparison.
        if (same?.version === type.version) return [typeUrl, same] as const;
        return [typeUrl, new ResourceSet(typeUrl, resourcesOf(type.references, contents), type.version)] as const;
      }),
    );
  }

  /** Undefined when the snapshot does not speak of the type; an empty set means the proxy is meant to have none. */
  set(typeUrl: TypeUrl): ResourceSet | undefined {
    return this.#sets.get(typeUrl);
  }

  /** Endpoint queries of an earlier view whose clusters this one does not have. */
  queriesGoneSince(earlier: ProxyView): ReadonlyMap<string, EndpointQuery> {
    const known = this.#gone.get(earlier);
    if (known !== undefined) return known;
    const gone = new Map([...earlier.endpointQueries].filter(([name]) => !this.endpointQueries.has(name)));
    this.#gone.set(earlier, gone);
    return gone;
  }
}

// Enough for a proxy that was away during a few changes; resources are shared between the sets.
const REMEMBERED_SETS = 4;

/** One mesh at one version. Proxies are laid out when the first of their streams asks. */
export class MeshView {
  readonly mesh: string;
  /** Of the head that put this in service: rises with every decision what to serve, the return to an older version included. */
  readonly rev: bigint;
  /** The version as statuses show it. */
  readonly label: string;
  readonly #snapshot: MeshSnapshot;
  readonly #contents: ReadonlyMap<ContentHash, Uint8Array>;
  readonly #proxies = new Map<string, ProxyView>();
  /** Proxy → the newest sets of clusters sent to it; goes from version to version. */
  readonly #recent: Map<string, readonly ResourceSet[]>;
  #previous: MeshView | undefined;

  constructor(snapshot: MeshSnapshot, rev: bigint, previous: MeshView | undefined) {
    this.mesh = snapshot.mesh;
    this.rev = rev;
    this.label = formatVersion(snapshot.version);
    // Bodies are copied out of the object they were read from, and kept from version to version: otherwise one small
    // resource that never changes would keep a whole old object in memory.
    this.#recent = previous === undefined ? new Map() : previous.#recent;
    const kept = previous === undefined ? new Map<ContentHash, Uint8Array>() : previous.#contents;
    this.#contents = new Map(Array.from(snapshot.resources, ([hash, bytes]) => [hash, kept.get(hash) ?? bytes.slice()]));
    this.#snapshot = { ...snapshot, resources: new Map() };
    this.#previous = previous;
    // Two versions of a mesh are held, never a chain.
    if (previous !== undefined) previous.#previous = undefined;
  }

  proxy(name: string): ProxyView | undefined {
    const known = this.#proxies.get(name);
    const snapshot = this.#snapshot.proxies.get(name);
    if (known !== undefined || snapshot === undefined) return known;
    const previous = this.#previous === undefined ? undefined : this.#previous.#proxies.get(name);
    const made = new ProxyView(name, snapshot, this.#contents, previous);
    this.#proxies.set(name, made);
    return made;
  }

  /** The same content under the version an unchanged compile moved to. */
  withVersion(version: SnapshotVersion, rev: bigint): MeshView {
    return new MeshView({ ...this.#snapshot, resources: this.#contents, version }, rev, this);
  }

  /**
   * Remembers what a proxy was sent that no snapshot holds: clusters on their way from one version to the next. A proxy that
   * reconnects names them by version only, and those it still uses must not be taken from it.
   */
  remember(proxy: string, set: ResourceSet): void {
    const others = (this.#recent.get(proxy) ?? []).filter((other) => other.version !== set.version);
    this.#recent.set(proxy, [...others, set].slice(-REMEMBERED_SETS));
  }

  /** A proxy's resources of a type by their xDS version, if this relay still knows them: what a reconnecting proxy may hold. */
  known(proxy: string, typeUrl: TypeUrl, version: string): ResourceSet | undefined {
    const own = this.proxy(proxy)?.set(typeUrl);
    if (own?.version === version) return own;
    const recent = this.#recent.get(proxy)?.find((set) => set.typeUrl === typeUrl && set.version === version);
    if (recent !== undefined) return recent;
    const previous = this.#previous;
    return previous === undefined ? undefined : previous.known(proxy, typeUrl, version);
  }
}

function resourcesOf(references: ReadonlyMap<string, ContentHash>, contents: ReadonlyMap<ContentHash, Uint8Array>) {
  return new Map(
    Array.from(references, ([name, version]) => {
      const bytes = contents.get(version);
      if (bytes === undefined) throw new TypeError(`resource ${name} refers to content ${version}, which its snapshot does not have`);
      return [name, { name, version, bytes }] as const;
    }),
  );
}
