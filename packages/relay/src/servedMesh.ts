import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import {
  type ContentHash,
  type EndpointQuery,
  formatVersion,
  type MeshSnapshot,
  type ProxySnapshot,
  type SnapshotVersion,
  type Source,
  type TypeUrl,
} from '@meshwright/snapshot';
import { HeldContent } from './heldContent.ts';
import { queryKey } from './queryKey.ts';
import { nothingOf, ResourceSet } from './resourceSet.ts';

const NO_QUERIES: ReadonlyMap<string, EndpointQuery> = new Map();

/** One proxy's content at one version, as all its streams share it. */
export class ServedProxy {
  readonly name: string;
  readonly endpointQueries: ReadonlyMap<string, EndpointQuery>;
  /** `<type URL>/<resource name>` → where in the mesh it comes from. */
  sources: ReadonlyMap<string, Source>;
  readonly #sets: ReadonlyMap<TypeUrl, ResourceSet>;
  readonly #gone = new WeakMap<object, ReadonlyMap<string, EndpointQuery>>();
  #queryKeys: ReadonlySet<string> | undefined;

  constructor(name: string, proxy: ProxySnapshot, contents: ReadonlyMap<ContentHash, Uint8Array>, previous: ServedProxy | undefined) {
    this.name = name;
    // The same map for the same queries: what is read for them, and asked of what left, is found again by it.
    this.endpointQueries =
      previous !== undefined && areEqual(previous.endpointQueries, proxy.endpointQueries)
        ? previous.endpointQueries
        : proxy.endpointQueries;
    this.sources = proxy.sources;
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

  /** Its endpoint queries, each as one text. */
  get queryKeys(): ReadonlySet<string> {
    this.#queryKeys ??= new Set(Array.from(this.endpointQueries.values(), queryKey));
    return this.#queryKeys;
  }

  /** Whether a snapshot has the very same for this proxy: its streams then need not be looked at. */
  isSame({ types, endpointQueries }: ProxySnapshot): boolean {
    if (types.size !== this.#sets.size) return false;
    for (const [typeUrl, { version }] of types) if (this.#sets.get(typeUrl)?.version !== version) return false;
    return areEqual(this.endpointQueries, endpointQueries);
  }

  /** Endpoint queries of an earlier view whose clusters this one does not have. */
  queriesGoneSince({ endpointQueries: earlier }: Pick<ProxySnapshot, 'endpointQueries'>): ReadonlyMap<string, EndpointQuery> {
    if (earlier === this.endpointQueries) return NO_QUERIES;
    const known = this.#gone.get(earlier);
    if (known !== undefined) return known;
    const gone = new Map([...earlier].filter(([name]) => !this.endpointQueries.has(name)));
    this.#gone.set(earlier, gone);
    return gone;
  }
}

// Enough for a proxy that was away during a few changes; resources are shared between the sets.
const REMEMBERED_SETS = 4;

/** What a version and its unchanged successors have in common. */
interface Content {
  /** Without its bodies. */
  readonly snapshot: MeshSnapshot;
  readonly bodies: ReadonlyMap<ContentHash, Uint8Array>;
  /** Those laid out so far. */
  readonly proxies: Map<string, ServedProxy>;
  /** Proxy → the newest sets sent to it that no snapshot has; goes from version to version. */
  readonly recent: Map<string, readonly ResourceSet[]>;
  /** Proxy and type → what the names that are held had before; goes from version to version while any are held. */
  readonly good: Map<string, ResourceSet>;
  previous: Content | undefined;
}

/** One mesh at one version. Proxies are laid out when the first of their streams asks. */
export class ServedMesh {
  readonly mesh: string;
  /** Of the head that put this in service: rises with every decision what to serve, the return to an older version included. */
  readonly rev: bigint;
  /** The version as statuses show it. */
  readonly label: string;
  readonly held: HeldContent;
  readonly #content: Content;

  private constructor(content: Content, version: SnapshotVersion, rev: bigint, held: HeldContent) {
    this.mesh = content.snapshot.mesh;
    this.rev = rev;
    this.held = held;
    this.label = formatVersion(version);
    this.#content = content;
  }

  /** @param previous what was in service before: what did not change stays the same object. */
  static of(snapshot: MeshSnapshot, rev: bigint, previous: ServedMesh | undefined, held = HeldContent.NONE): ServedMesh {
    const before = previous === undefined ? undefined : previous.#content;
    // Two versions of a mesh are held, never a chain.
    if (before !== undefined) before.previous = undefined;
    const recent = before === undefined ? new Map<string, readonly ResourceSet[]>() : before.recent;
    for (const proxy of recent.keys()) if (!snapshot.proxies.has(proxy)) recent.delete(proxy);
    // Bodies are copied out of the object they were read from, and kept from version to version: otherwise one small
    // resource that never changes would keep a whole old object in memory.
    const bodies = new Map<ContentHash, Uint8Array>();
    for (const [hash, bytes] of snapshot.resources) bodies.set(hash, before?.bodies.get(hash) ?? new Uint8Array(bytes));
    const good = before === undefined || held === HeldContent.NONE ? new Map<string, ResourceSet>() : before.good;
    const content = { snapshot: { ...snapshot, resources: new Map() }, bodies, proxies: new Map(), recent, good, previous: before };
    return new ServedMesh(content, snapshot.version, rev, held);
  }

  /** What it was made of, with its own copies of the resources: what the next version is read beside. */
  get snapshot(): MeshSnapshot {
    return { ...this.#content.snapshot, resources: this.#content.bodies };
  }

  proxy(name: string): ServedProxy | undefined {
    return proxyOf(this.#content, name);
  }

  /** The same content, and the same before it, under the version an unchanged compile moved to. */
  withVersion(version: SnapshotVersion, rev: bigint, held = this.held): ServedMesh {
    return new ServedMesh(this.#content, version, rev, held);
  }

  /**
   * What a proxy's held names had before they were held, as far as this relay has seen it; the version before tells, and what it
   * told once is kept while anything is held.
   */
  goodBefore(proxy: string, set: ResourceSet): ResourceSet {
    const { good, previous } = this.#content;
    const key = `${proxy} ${set.typeUrl}`;
    const known = good.get(key) ?? nothingOf(set.typeUrl);
    const unknown = [...this.held.partOf(set).resources.keys()].filter((name) => !known.resources.has(name));
    if (unknown.length === 0 || previous === undefined) return known;
    const before = proxyOf(previous, proxy)?.set(set.typeUrl);
    const found = unknown.flatMap((name) => before?.resources.get(name) ?? []);
    const fresh = found.filter(({ name, version }) => !this.held.has(set.typeUrl, name, version));
    if (fresh.length === 0) return known;
    const all = ResourceSet.of(set.typeUrl, [...known.resources.values(), ...fresh]);
    good.set(key, all);
    return all;
  }

  /** Queries of a proxy's clusters that the version before had and this one has not: who comes in between may still use them. */
  leavingQueries(proxy: ServedProxy): ReadonlyMap<string, EndpointQuery> {
    const { previous } = this.#content;
    const before = previous?.proxies.get(proxy.name) ?? previous?.snapshot.proxies.get(proxy.name);
    return before === undefined ? NO_QUERIES : proxy.queriesGoneSince(before);
  }

  /** What a proxy had of a type in the version before, if this relay has it and none of its clusters is held. */
  goodVersionBefore(proxy: string, typeUrl: TypeUrl): ResourceSet | undefined {
    const clusters = this.before(proxy, CLUSTER_TYPE);
    return clusters !== undefined && this.held.partOf(clusters).size === 0 ? this.before(proxy, typeUrl) : undefined;
  }

  /** What a proxy had of a type in the version before, if this relay has it. */
  before(proxy: string, typeUrl: TypeUrl): ResourceSet | undefined {
    const { previous } = this.#content;
    return previous === undefined ? undefined : proxyOf(previous, proxy)?.set(typeUrl);
  }

  /**
   * Remembers what a proxy was sent that no snapshot has: clusters on their way from one version to the next, and what stands in
   * for held content. A proxy that reconnects names it by version only, and what it still uses must not be taken from it.
   */
  remember(proxy: string, set: ResourceSet): void {
    const { recent } = this.#content;
    const others = (recent.get(proxy) ?? []).filter((other) => other.version !== set.version);
    recent.set(proxy, [...others, set].slice(-REMEMBERED_SETS));
  }

  /** Whether the version before had this resource of a proxy. */
  knowsResource(proxy: string, typeUrl: TypeUrl, name: string, version: string): boolean {
    const { previous } = this.#content;
    return previous !== undefined && proxyOf(previous, proxy)?.set(typeUrl)?.resources.get(name)?.version === version;
  }

  /** A proxy's resources of a type by their xDS version, if this relay still knows them: what a reconnecting proxy may hold. */
  known(proxy: string, typeUrl: TypeUrl, version: string): ResourceSet | undefined {
    const { recent, previous } = this.#content;
    const sets = [
      this.proxy(proxy)?.set(typeUrl),
      ...(recent.get(proxy) ?? []),
      previous === undefined ? undefined : proxyOf(previous, proxy)?.set(typeUrl),
    ];
    return sets.find((set) => set?.typeUrl === typeUrl && set.version === version);
  }
}

function areEqual(some: ReadonlyMap<string, EndpointQuery>, others: ReadonlyMap<string, EndpointQuery>): boolean {
  if (some === others) return true;
  if (some.size !== others.size) return false;
  for (const [cluster, query] of some) {
    const other = others.get(cluster);
    if (other === undefined || !isSameQuery(query, other)) return false;
  }
  return true;
}

function isSameQuery(one: EndpointQuery, other: EndpointQuery): boolean {
  const members = Object.keys(one);
  return members.length === Object.keys(other).length && members.every((member) => one[member] === other[member]);
}

function proxyOf(content: Content, name: string): ServedProxy | undefined {
  const known = content.proxies.get(name);
  const snapshot = content.snapshot.proxies.get(name);
  if (known !== undefined || snapshot === undefined) return known;
  const previous = content.previous?.proxies.get(name);
  const same = previous?.isSame(snapshot) === true ? previous : undefined;
  // Equal content may have moved within the mesh.
  if (same !== undefined) same.sources = snapshot.sources;
  const made = same ?? new ServedProxy(name, snapshot, content.bodies, previous);
  content.proxies.set(name, made);
  return made;
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
