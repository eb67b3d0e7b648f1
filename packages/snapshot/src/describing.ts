import { byKey, textHash } from './hash.ts';
import type { ContentHash, EndpointQuery, MeshSnapshot, ProxySnapshot, Source, TypeSnapshot } from './snapshot.ts';
import { formatVersion } from './version.ts';

type Entries<Value> = readonly (readonly [string, Value])[];

/** All a snapshot says but its version. Lists of entries rather than objects: any name may be a key, and the order is ours. */
export interface SnapshotIndex {
  readonly mesh: string;
  /** Hash and size in bytes of each body, in the order in which the bodies follow. */
  readonly resources: Entries<number>;
  /** `<type URL>/<resource name>`, App Mesh resource, JSON pointer: once for all proxies, they were half of the file otherwise. */
  readonly sources: readonly SourceRow[];
  readonly proxies: Entries<ProxyIndex>;
  /** Proxy → version and reason. */
  readonly carriedOver: Entries<readonly [version: string, reason: string]>;
}

type SourceRow = readonly [name: string, resource: string, pointer: string];

interface TypeIndex {
  readonly version: string;
  /** Envoy resource name → place among the hashes. */
  readonly references: Entries<number>;
}

interface ProxyIndex {
  readonly types: Entries<TypeIndex>;
  readonly queries: Entries<Entries<string>>;
  /** Places in the index's `sources`. */
  readonly sources: readonly number[];
}

/** What a snapshot has otherwise than the one it builds on. */
export interface ChangesIndex extends Pick<SnapshotIndex, 'mesh' | 'sources' | 'carriedOver'> {
  /** New bodies. Their places come before those of `known`. */
  readonly resources: Entries<number>;
  /** Hashes that changed proxies refer to and that were there before. */
  readonly known: readonly ContentHash[];
  /** Hashes that are there no more. */
  readonly dropped: readonly ContentHash[];
  /** Those that are new or have something else; members that are left out are as before. */
  readonly proxies: Entries<Partial<ProxyIndex> & { readonly types: Entries<TypeIndex>; readonly gone: readonly string[] }>;
  readonly removed: readonly string[];
}

/** What is written of a snapshot. */
export interface Description<Index> {
  readonly index: Index;
  readonly bodies: readonly Uint8Array[];
}

/**
 * Describes a snapshot as index and bodies; everything is sorted, so that equal snapshots are described alike.
 * @throws TypeError when a proxy refers to a resource that the snapshot does not have.
 */
export function describeSnapshot(snapshot: MeshSnapshot): Description<SnapshotIndex> {
  const resources = byKey(snapshot.resources);
  const placeOf = places(
    snapshot,
    resources.map(([hash]) => hash),
  );
  const sources = describeSources([...snapshot.proxies.values()].map((proxy) => proxy.sources));
  return {
    index: {
      mesh: snapshot.mesh,
      resources: resources.map(([hash, bytes]) => [hash, bytes.length]),
      sources: sources.rows,
      proxies: mapEntries(snapshot.proxies, ({ types, endpointQueries, sources: ofProxy }) => ({
        types: mapEntries(types, (type) => describeType(type, placeOf)),
        queries: describeQueries(endpointQueries),
        sources: sources.placesOf(ofProxy),
      })),
      carriedOver: describeCarriedOver(snapshot),
    },
    bodies: resources.map(([, bytes]) => bytes),
  };
}

/** A proxy and what it was before. */
interface Changed {
  readonly proxy: ProxySnapshot;
  readonly before: ProxySnapshot | undefined;
  readonly types: ReadonlyMap<string, TypeSnapshot>;
  readonly hasOtherSources: boolean;
}

/**
 * Describes what a snapshot has otherwise than its parent, in work and bytes proportional to that; undefined when that does not make
 * up the snapshot, since it has resources that no proxy refers to.
 * @throws TypeError when a proxy refers to a resource that the snapshot does not have.
 */
export function describeChanges(parent: MeshSnapshot, snapshot: MeshSnapshot): Description<ChangesIndex> | undefined {
  const changed = changedProxies(parent, snapshot);
  const removed = [...parent.proxies.keys()].filter((name) => !snapshot.proxies.has(name)).sort();
  const referred = hashesOf(changed.values().flatMap(({ types }) => types.values()));
  const added = referred.filter((hash) => !parent.resources.has(hash));
  const known = referred.filter((hash) => parent.resources.has(hash));
  const dropped = droppedHashes(parent, snapshot, [...changed.keys(), ...removed]);
  if (parent.resources.size + added.length - dropped.length !== snapshot.resources.size) return undefined;
  const placeOf = places(snapshot, [...added, ...known]);
  const bodies = added.map((hash) => bodyOf(snapshot, hash));
  const sources = describeSources([...changed.values()].flatMap(({ proxy, hasOtherSources }) => (hasOtherSources ? [proxy.sources] : [])));
  const proxies = mapEntries(changed, ({ proxy, before, types, hasOtherSources }) => ({
    types: mapEntries(types, (type) => describeType(type, placeOf)),
    gone: [...(before?.types.keys() ?? [])].filter((typeUrl) => !proxy.types.has(typeUrl)).sort(),
    ...(!sameQueries(before, proxy) && { queries: describeQueries(proxy.endpointQueries) }),
    ...(hasOtherSources && { sources: sources.placesOf(proxy.sources) }),
  }));
  return {
    index: {
      mesh: snapshot.mesh,
      resources: added.map((hash, place) => [hash, bodies[place]?.length ?? 0]),
      known,
      dropped,
      sources: sources.rows,
      proxies,
      removed,
      carriedOver: describeCarriedOver(snapshot),
    },
    bodies,
  };
}

function changedProxies(parent: MeshSnapshot, snapshot: MeshSnapshot): ReadonlyMap<string, Changed> {
  const changed = new Map<string, Changed>();
  for (const [name, proxy] of snapshot.proxies) {
    const before = parent.proxies.get(name);
    // Versions share what did not change.
    if (before === proxy) continue;
    const types = new Map([...proxy.types].filter(([typeUrl, type]) => !sameType(before?.types.get(typeUrl), type)));
    const hasOtherSources = !sameSources(before?.sources, proxy.sources);
    const isSame = before !== undefined && before.types.size === proxy.types.size && types.size === 0;
    if (!isSame || hasOtherSources || !sameQueries(before, proxy)) changed.set(name, { proxy, before, types, hasOtherSources });
  }
  return changed;
}

function droppedHashes(parent: MeshSnapshot, snapshot: MeshSnapshot, names: readonly string[]): readonly ContentHash[] {
  const had = hashesOf(names.values().flatMap((name) => parent.proxies.get(name)?.types.values() ?? []));
  return had.filter((hash) => parent.resources.has(hash) && !snapshot.resources.has(hash));
}

function hashesOf(types: Iterable<TypeSnapshot>): readonly ContentHash[] {
  const hashes = new Set<ContentHash>();
  for (const { references } of types) for (const hash of references.values()) hashes.add(hash);
  return [...hashes].sort();
}

function bodyOf({ mesh, resources }: MeshSnapshot, hash: ContentHash): Uint8Array {
  const body = resources.get(hash);
  if (body === undefined) throw new TypeError(`Snapshot of ${mesh} refers to resource ${hash}, which it does not have`);
  return body;
}

function places(snapshot: MeshSnapshot, hashes: readonly ContentHash[]): (hash: ContentHash) => number {
  const known = new Map(hashes.map((hash, place) => [hash, place]));
  return (hash) => {
    const place = known.get(hash);
    if (place === undefined) throw new TypeError(`Snapshot of ${snapshot.mesh} refers to resource ${hash}, which it does not have`);
    return place;
  };
}

function describeType({ version, references }: TypeSnapshot, placeOf: (hash: ContentHash) => number): TypeIndex {
  return { version, references: sortedOnce(references).map(([name, hash]) => [name, placeOf(hash)] as const) };
}

function describeQueries(queries: ReadonlyMap<string, EndpointQuery>): Entries<Entries<string>> {
  return mapEntries(queries, (query) => byKey(new Map(Object.entries(query))));
}

function describeCarriedOver({ carriedOver = new Map() }: MeshSnapshot): SnapshotIndex['carriedOver'] {
  return mapEntries(carriedOver, ({ version, reason }) => [formatVersion(version), reason]);
}

function describeSources(all: readonly ReadonlyMap<string, Source>[]): {
  readonly rows: readonly SourceRow[];
  placesOf(sources: ReadonlyMap<string, Source>): readonly number[];
} {
  const rowsByKey = new Map<string, SourceRow>();
  for (const sources of all) for (const [key, row] of rowsOf(sources)) rowsByKey.set(key, row);
  const rows = byKey(rowsByKey);
  const placeOf = new Map(rows.map(([key], place) => [key, place]));
  return {
    rows: rows.map(([, row]) => row),
    placesOf: (sources) =>
      rowsOf(sources)
        .flatMap(([key]) => placeOf.get(key) ?? [])
        .sort((a, b) => a - b),
  };
}

function sameType(a: TypeSnapshot | undefined, b: TypeSnapshot): boolean {
  if (a === b) return true;
  if (a === undefined || a.version !== b.version || a.references.size !== b.references.size) return false;
  return b.references.entries().every(([name, hash]) => a.references.get(name) === hash);
}

function sameQueries(a: ProxySnapshot | undefined, b: ProxySnapshot): boolean {
  if (a?.endpointQueries === b.endpointQueries) return true;
  return JSON.stringify(describeQueries(a?.endpointQueries ?? new Map())) === JSON.stringify(describeQueries(b.endpointQueries));
}

function sameSources(a: ReadonlyMap<string, Source> = new Map(), b: ReadonlyMap<string, Source>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  return b.entries().every(([name, { resource, pointer }]) => {
    const other = a.get(name);
    return other?.resource === resource && other.pointer === pointer;
  });
}

type KeyedRow = readonly [key: string, row: SourceRow];

/** Versions share what did not change: a proxy's rows and references are put in order once for all of them. */
const rowsBySources = new WeakMap<ReadonlyMap<string, Source>, readonly KeyedRow[]>();
const entriesByReferences = new WeakMap<ReadonlyMap<string, ContentHash>, Entries<ContentHash>>();
const hashesByProxy = new WeakMap<ProxySnapshot, ContentHash>();

/**
 * Hash of everything a snapshot says but its version, however it is stored: equal content has an equal one. Each proxy is hashed once
 * for all versions that share it.
 * @param format goes in, too: an object that never changed would one day be too old to be read.
 */
export function hashContent(snapshot: MeshSnapshot, format: number): ContentHash {
  const proxies = byKey(snapshot.proxies).map(([name, proxy]) => [name, hashProxy(proxy)] as const);
  return textHash(JSON.stringify([format, snapshot.mesh, proxies, describeCarriedOver(snapshot)]));
}

function hashProxy(proxy: ProxySnapshot): ContentHash {
  const known = hashesByProxy.get(proxy);
  if (known !== undefined) return known;
  const types = mapEntries(proxy.types, ({ version, references }) => [version, sortedOnce(references)]);
  const sources = rowsOf(proxy.sources)
    .map(([key]) => key)
    .toSorted();
  const hash = textHash(JSON.stringify([types, describeQueries(proxy.endpointQueries), sources]));
  hashesByProxy.set(proxy, hash);
  return hash;
}

function rowsOf(sources: ReadonlyMap<string, Source>): readonly KeyedRow[] {
  const known = rowsBySources.get(sources);
  if (known !== undefined) return known;
  const rows = [...sources].map(([name, { resource, pointer }]): KeyedRow => {
    const row = [name, resource, pointer] as const;
    return [JSON.stringify(row), row];
  });
  rowsBySources.set(sources, rows);
  return rows;
}

function sortedOnce(references: ReadonlyMap<string, ContentHash>): Entries<ContentHash> {
  const known = entriesByReferences.get(references);
  if (known !== undefined) return known;
  const sorted = byKey(references);
  entriesByReferences.set(references, sorted);
  return sorted;
}

function mapEntries<From, To>(map: ReadonlyMap<string, From>, to: (value: From) => To): Entries<To> {
  return byKey(map).map(([key, value]) => [key, to(value)]);
}
