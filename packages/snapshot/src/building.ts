import { count, list, members, pick, readMap, text } from './reading.ts';
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
import { parseVersion } from './version.ts';

/** What an index and its bodies are read with. */
export interface Unpacked {
  readonly version: unknown;
  readonly index: unknown;
  /** All bodies, one after the other. */
  readonly bodies: Uint8Array;
}

/**
 * Builds the snapshot that an index and its bodies describe; believes nothing the index says about sizes, places or shapes. Its bodies
 * are views of `bodies`: who keeps one of them copies it.
 * @param before another snapshot of the mesh: what has the same hash there is taken over, not built again.
 * @throws TypeError that names the first member which is not as it must be.
 */
export function buildSnapshot({ version, index, bodies }: Unpacked, before?: MeshSnapshot): MeshSnapshot {
  const { mesh, resources, sources, proxies, carriedOver } = members(index, 'index');
  const contents = cutBodies(resources, bodies);
  const tables: Tables = { hashes: [...contents.keys()], sources: readSources(sources) };
  return {
    mesh: text(mesh, 'mesh'),
    version: readVersion(version, 'version'),
    resources: contents,
    proxies: readMap(proxies, 'proxies', (proxy, name) => readProxy(proxy, tables, before?.proxies.get(name))),
    ...readCarriedOver(carriedOver),
  };
}

/** Builds the snapshot that comes of another by changes, applied one after the other. */
export class ChangedSnapshot {
  #snapshot: MeshSnapshot;
  readonly #resources: Map<ContentHash, Uint8Array>;
  readonly #proxies: Map<string, ProxySnapshot>;

  constructor(parent: MeshSnapshot) {
    this.#snapshot = parent;
    this.#resources = new Map(parent.resources);
    this.#proxies = new Map(parent.proxies);
  }

  get snapshot(): MeshSnapshot {
    return this.#snapshot;
  }

  /** @throws TypeError that names the first member which is not as it must be, or does not fit to what was before: nobody must use it then. */
  apply({ version, index, bodies }: Unpacked): void {
    const { mesh, resources, known, dropped, sources, proxies, removed, carriedOver } = members(index, 'index');
    if (mesh !== this.#snapshot.mesh) throw new TypeError(`mesh: "${mesh}", it builds on "${this.#snapshot.mesh}"`);
    const added = cutBodies(resources, bodies);
    const old = list(known, 'known').map((hash) => this.#had(this.#resources, hash, 'known'));
    const tables: Tables = { hashes: [...added.keys(), ...old], sources: readSources(sources) };
    const changed = readMap(proxies, 'proxies', (proxy, name) => readChange(proxy, tables, this.#proxies.get(name)));
    for (const hash of list(dropped, 'dropped')) this.#resources.delete(this.#had(this.#resources, hash, 'dropped'));
    for (const name of list(removed, 'removed')) this.#proxies.delete(this.#had(this.#proxies, name, 'removed'));
    for (const [hash, body] of added) this.#resources.set(hash, body);
    for (const [name, proxy] of changed) this.#proxies.set(name, proxy);
    this.#snapshot = {
      mesh,
      version: readVersion(version, 'version'),
      resources: this.#resources,
      proxies: this.#proxies,
      ...readCarriedOver(carriedOver),
    };
  }

  #had(map: ReadonlyMap<string, unknown>, value: unknown, at: string): string {
    const key = text(value, at);
    if (!map.has(key)) throw new TypeError(`${at}: what it builds on has no "${key}"`);
    return key;
  }
}

function readVersion(value: unknown, at: string): SnapshotVersion {
  const version = parseVersion(text(value, at));
  if (version === undefined) throw new TypeError(`${at}: "${value}" is not <epoch>.<n>.<build>`);
  return version;
}

function readCarriedOver(value: unknown): Pick<MeshSnapshot, 'carriedOver'> {
  const carriedOver = readMap(value, 'carriedOver', (kept): CarriedOver => {
    const [version, reason] = list(kept, 'kept');
    return { version: readVersion(version, 'version'), reason: text(reason, 'reason') };
  });
  return carriedOver.size > 0 ? { carriedOver } : {};
}

/** What proxies refer to by its place. */
interface Tables {
  readonly hashes: readonly ContentHash[];
  readonly sources: readonly (readonly [string, Source])[];
}

function cutBodies(resources: unknown, bodies: Uint8Array): ReadonlyMap<ContentHash, Uint8Array> {
  let end = 0;
  const all = new Uint8Array(bodies.buffer, bodies.byteOffset, bodies.length);
  const contents = readMap(resources, 'resources', (size) => {
    const start = end;
    end += count(size, 'size');
    if (end > bodies.length) throw new TypeError(`size: ends at byte ${end} of ${bodies.length}`);
    return all.subarray(start, end);
  });
  if (end !== bodies.length) throw new TypeError(`resources: take ${end} of ${bodies.length} bytes`);
  return contents;
}

function readProxy(value: unknown, tables: Tables, before: ProxySnapshot | undefined): ProxySnapshot {
  const { types, queries, sources } = members(value, 'proxy');
  return {
    types: readMap(types, 'types', (type, typeUrl) => readType(type, tables, before?.types.get(typeUrl))),
    endpointQueries: readQueries(queries, before?.endpointQueries),
    sources: readProxySources(sources, tables),
  };
}

/** What a proxy has now: what is not spoken of is as before. */
function readChange(value: unknown, tables: Tables, before: ProxySnapshot | undefined): ProxySnapshot {
  const { types, gone, queries, sources } = members(value, 'proxy');
  const all = new Map(before?.types);
  for (const typeUrl of list(gone, 'gone')) all.delete(text(typeUrl, 'gone'));
  for (const [typeUrl, type] of readMap(types, 'types', (type) => readType(type, tables, undefined))) all.set(typeUrl, type);
  return {
    types: all,
    endpointQueries: queries === undefined ? (before?.endpointQueries ?? new Map()) : readQueries(queries, before?.endpointQueries),
    sources: sources === undefined ? (before?.sources ?? new Map()) : readProxySources(sources, tables),
  };
}

function readType(value: unknown, { hashes }: Tables, before: TypeSnapshot | undefined): TypeSnapshot {
  const { version, references } = members(value, 'type');
  // The version is the hash of the references.
  if (before !== undefined && before.version === version) return before;
  return { version: text(version, 'version'), references: readMap(references, 'references', (place) => pick(hashes, place, 'place')) };
}

function readQueries(value: unknown, before: ReadonlyMap<string, EndpointQuery> | undefined): ReadonlyMap<string, EndpointQuery> {
  let isSame = before !== undefined;
  const queries = readMap(value, 'queries', (entries, cluster) => {
    const query = before?.get(cluster);
    if (query !== undefined && isQuery(query, entries)) return query;
    isSame = false;
    return Object.fromEntries(readMap(entries, 'query', (member) => text(member, 'member')));
  });
  return isSame && before?.size === queries.size ? before : queries;
}

function isQuery(query: EndpointQuery, entries: unknown): boolean {
  if (!Array.isArray(entries) || Object.keys(query).length !== entries.length) return false;
  return entries.every((entry) => Array.isArray(entry) && Object.hasOwn(query, entry[0]) && query[entry[0]] === entry[1]);
}

function readSources(value: unknown): Tables['sources'] {
  return list(value, 'sources').map((row) => {
    const [name, resource, pointer] = list(row, 'source') as readonly unknown[];
    return [text(name, 'source'), { resource: text(resource, 'source'), pointer: text(pointer, 'source') }];
  });
}

function readProxySources(value: unknown, tables: Tables): ReadonlyMap<string, Source> {
  return new Map(list(value, 'sources').map((place) => pick(tables.sources, place, 'sources')));
}
