import { byKey } from './hash.ts';
import type {
  CarriedOver,
  ContentHash,
  EndpointQuery,
  MeshSnapshot,
  ProxySnapshot,
  SnapshotVersion,
  Source,
  TypeSnapshot,
} from './snapshot.ts';
import { formatVersion, parseVersion } from './version.ts';

type Entries<Value> = readonly (readonly [string, Value])[];

/** All a snapshot says but its version. Lists of entries rather than objects: any name may be a key, and the order is ours. */
export interface SnapshotIndex {
  readonly mesh: string;
  /** Hash and size in bytes of each body, in the order in which the bodies follow. */
  readonly resources: Entries<number>;
  /** `<type URL>/<resource name>`, App Mesh resource, JSON pointer: once for all proxies, they were half of the file otherwise. */
  readonly sources: readonly SourceRow[];
  readonly proxies: Entries<ProxyIndex>;
  /** Proxy → version and reason; since format 2. */
  readonly carriedOver: Entries<readonly [version: string, reason: string]>;
}

type SourceRow = readonly [name: string, resource: string, pointer: string];

interface ProxyIndex {
  readonly types: Entries<{
    readonly version: string;
    /** Envoy resource name → place in `resources`. */
    readonly references: Entries<number>;
  }>;
  readonly queries: Entries<Entries<string>>;
  /** Places in the index's `sources`. */
  readonly sources: readonly number[];
}

/**
 * Describes a snapshot as index and bodies; everything is sorted, so that equal snapshots are described alike.
 * @throws TypeError when a proxy refers to a resource that the snapshot does not have.
 */
export function describeSnapshot(snapshot: MeshSnapshot): { readonly index: SnapshotIndex; readonly bodies: readonly Uint8Array[] } {
  const resources = byKey(snapshot.resources);
  const places = new Map(resources.map(([hash], place) => [hash, place]));
  const placeOf = (hash: ContentHash): number => {
    const place = places.get(hash);
    if (place === undefined) throw new TypeError(`Snapshot of ${snapshot.mesh} refers to resource ${hash}, which it does not have`);
    return place;
  };
  const sources = describeSources(snapshot);
  return {
    index: {
      mesh: snapshot.mesh,
      resources: resources.map(([hash, bytes]) => [hash, bytes.length]),
      sources: sources.rows,
      proxies: mapEntries(snapshot.proxies, ({ types, endpointQueries, sources: ofProxy }) => ({
        types: mapEntries(types, ({ version, references }) => ({
          version,
          references: sortedOnce(references).map(([name, hash]) => [name, placeOf(hash)] as const),
        })),
        queries: mapEntries(endpointQueries, (query) => byKey(new Map(Object.entries(query)))),
        sources: sources.placesOf(ofProxy),
      })),
      carriedOver: mapEntries(snapshot.carriedOver ?? new Map(), ({ version, reason }) => [formatVersion(version), reason]),
    },
    bodies: resources.map(([, bytes]) => bytes),
  };
}

function describeSources({ proxies }: MeshSnapshot): {
  readonly rows: readonly SourceRow[];
  placesOf(sources: ReadonlyMap<string, Source>): readonly number[];
} {
  const all = new Map<string, SourceRow>();
  for (const { sources } of proxies.values()) for (const [key, row] of rowsOf(sources)) all.set(key, row);
  const rows = byKey(all);
  const places = new Map(rows.map(([key], place) => [key, place]));
  return {
    rows: rows.map(([, row]) => row),
    placesOf: (sources) =>
      rowsOf(sources)
        .flatMap(([key]) => places.get(key) ?? [])
        .sort((a, b) => a - b),
  };
}

type KeyedRow = readonly [key: string, row: SourceRow];

/** Versions share what did not change: a proxy's rows and references are put in order once for all of them. */
const rowsBySources = new WeakMap<ReadonlyMap<string, Source>, readonly KeyedRow[]>();
const entriesByReferences = new WeakMap<ReadonlyMap<string, ContentHash>, Entries<ContentHash>>();

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

/**
 * Builds the snapshot that an index and its bodies describe; believes nothing the index says about sizes, places or shapes.
 * @param format the number of the format they are written in.
 * @throws TypeError that names the first member which is not as it must be.
 */
export function buildSnapshot(format: number, version: unknown, index: unknown, bodies: Uint8Array): MeshSnapshot {
  const { mesh, resources, sources, proxies, carriedOver = format < 2 ? [] : undefined } = members(index, 'index');
  const contents = cutBodies(resources, bodies);
  const tables: Tables = { hashes: [...contents.keys()], sources: list(sources, 'sources').map(readSource) };
  const kept = readMap(carriedOver, 'carriedOver', readCarriedOver);
  return {
    mesh: text(mesh, 'mesh'),
    version: readVersion(version, 'version'),
    resources: contents,
    proxies: readMap(proxies, 'proxies', (proxy, at) => readProxy(proxy, at, tables)),
    ...(kept.size > 0 && { carriedOver: kept }),
  };
}

function readVersion(value: unknown, at: string): SnapshotVersion {
  const version = parseVersion(text(value, at));
  if (version === undefined) throw new TypeError(`${at}: "${value}" is not <epoch>.<n>.<build>`);
  return version;
}

function readCarriedOver(value: unknown, at: string): CarriedOver {
  const [version, reason] = list(value, at);
  return { version: readVersion(version, at), reason: text(reason, at) };
}

/** What proxies refer to by its place. */
interface Tables {
  readonly hashes: readonly ContentHash[];
  readonly sources: readonly (readonly [string, Source])[];
}

function cutBodies(resources: unknown, bodies: Uint8Array): ReadonlyMap<ContentHash, Uint8Array> {
  let end = 0;
  const contents = readMap(resources, 'resources', (size, at) => {
    const start = end;
    end += count(size, at);
    if (end > bodies.length) throw new TypeError(`${at}: ends at byte ${end} of ${bodies.length}`);
    // A copy: a view would keep all bodies of this version in memory for as long as one of them is still served.
    return new Uint8Array(bodies.subarray(start, end));
  });
  if (end !== bodies.length) throw new TypeError(`resources: take ${end} of ${bodies.length} bytes`);
  return contents;
}

function readProxy(value: unknown, at: string, tables: Tables): ProxySnapshot {
  const { types, queries, sources } = members(value, at);
  return {
    types: readMap(types, `${at}.types`, (type, typeAt) => readType(type, typeAt, tables)),
    endpointQueries: readMap(
      queries,
      `${at}.queries`,
      (query, queryAt): EndpointQuery => Object.fromEntries(readMap(query, queryAt, text)),
    ),
    sources: new Map(list(sources, `${at}.sources`).map((place) => pick(tables.sources, place, `${at}.sources`))),
  };
}

function readType(value: unknown, at: string, { hashes }: Tables): TypeSnapshot {
  const { version, references } = members(value, at);
  return {
    version: text(version, at),
    references: readMap(references, at, (place, referenceAt) => pick(hashes, place, referenceAt)),
  };
}

function readSource(value: unknown): readonly [string, Source] {
  const [name, resource, pointer] = list(value, 'sources');
  return [text(name, 'sources'), { resource: text(resource, 'sources'), pointer: text(pointer, 'sources') }];
}

function pick<Value>(table: readonly Value[], place: unknown, at: string): Value {
  const picked = table[count(place, at)];
  if (picked === undefined) throw new TypeError(`${at}: there is nothing at place ${place}`);
  return picked;
}

function readMap<Value>(value: unknown, at: string, read: (value: unknown, at: string) => Value): ReadonlyMap<string, Value> {
  const map = new Map<string, Value>();
  for (const entry of list(value, at)) {
    const [key, content] = list(entry, at);
    const name = text(key, at);
    if (map.has(name)) throw new TypeError(`${at}: "${name}" occurs twice`);
    map.set(name, read(content, `${at}[${name}]`));
  }
  return map;
}

function members(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${at}: not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${at}: not a list`);
  return value;
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new TypeError(`${at}: not a string`);
  return value;
}

function count(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new TypeError(`${at}: not a count`);
  return value;
}
