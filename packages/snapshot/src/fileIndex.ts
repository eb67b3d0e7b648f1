import { byKey } from './hash.ts';
import type { ContentHash, EndpointQuery, MeshSnapshot, ProxySnapshot, Source, TypeSnapshot } from './snapshot.ts';
import { formatVersion, parseVersion } from './version.ts';

type Entries<Value> = readonly (readonly [string, Value])[];

/** The JSON in front of a snapshot file. Lists of entries rather than objects: any name may be a key, and the order is ours. */
export interface SnapshotIndex {
  readonly version: string;
  readonly mesh: string;
  /** Hash and size in bytes of each body, in the order in which the bodies follow. */
  readonly resources: Entries<number>;
  readonly proxies: Entries<ProxyIndex>;
}

interface ProxyIndex {
  readonly types: Entries<{
    readonly version: string;
    /** Envoy resource name → place in `resources`. */
    readonly references: Entries<number>;
  }>;
  readonly queries: Entries<Entries<string>>;
  /** `<type URL>/<resource name>` → App Mesh resource, JSON pointer. */
  readonly sources: Entries<readonly [string, string]>;
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
  return {
    index: {
      version: formatVersion(snapshot.version),
      mesh: snapshot.mesh,
      resources: resources.map(([hash, bytes]) => [hash, bytes.length]),
      proxies: mapEntries(snapshot.proxies, (proxy) => describeProxy(proxy, placeOf)),
    },
    bodies: resources.map(([, bytes]) => bytes),
  };
}

function describeProxy(proxy: ProxySnapshot, placeOf: (hash: ContentHash) => number): ProxyIndex {
  return {
    types: mapEntries(proxy.types, ({ version, references }) => ({ version, references: mapEntries(references, placeOf) })),
    queries: mapEntries(proxy.endpointQueries, (query) => byKey(new Map(Object.entries(query)))),
    sources: mapEntries(proxy.sources, ({ resource, pointer }) => [resource, pointer] as const),
  };
}

function mapEntries<From, To>(map: ReadonlyMap<string, From>, to: (value: From) => To): Entries<To> {
  return byKey(map).map(([key, value]) => [key, to(value)]);
}

/**
 * Builds the snapshot that an index and its bodies describe; believes nothing the index says about sizes, places or shapes.
 * @throws TypeError that names the first member which is not as it must be.
 */
export function buildSnapshot(index: unknown, bodies: Uint8Array): MeshSnapshot {
  const { version: written, mesh, resources, proxies } = members(index, 'index');
  const version = parseVersion(text(written, 'version'));
  if (version === undefined) throw new TypeError(`version: "${written}" is not <epoch>.<n>.<build>`);
  const contents = cutBodies(resources, bodies);
  const hashes = [...contents.keys()];
  return {
    mesh: text(mesh, 'mesh'),
    version,
    resources: contents,
    proxies: readMap(proxies, 'proxies', (proxy, at) => readProxy(proxy, at, hashes)),
  };
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

function readProxy(value: unknown, at: string, hashes: readonly ContentHash[]): ProxySnapshot {
  const { types, queries, sources } = members(value, at);
  return {
    types: readMap(types, `${at}.types`, (type, typeAt) => readType(type, typeAt, hashes)),
    endpointQueries: readMap(
      queries,
      `${at}.queries`,
      (query, queryAt): EndpointQuery => Object.fromEntries(readMap(query, queryAt, text)),
    ),
    sources: readMap(sources, `${at}.sources`, readSource),
  };
}

function readType(value: unknown, at: string, hashes: readonly ContentHash[]): TypeSnapshot {
  const { version, references } = members(value, at);
  return {
    version: text(version, at),
    references: readMap(references, at, (place, referenceAt) => {
      const hash = hashes[count(place, referenceAt)];
      if (hash === undefined) throw new TypeError(`${referenceAt}: there is no resource ${place}`);
      return hash;
    }),
  };
}

function readSource(value: unknown, at: string): Source {
  const [resource, pointer] = list(value, at);
  return { resource: text(resource, at), pointer: text(pointer, at) };
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
