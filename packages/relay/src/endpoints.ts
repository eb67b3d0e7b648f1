import { ENDPOINT_TYPE } from '@meshwright/envoy-api';
import { contentHash, type EndpointQuery } from '@meshwright/snapshot';
import { ChangeLog } from './changeLog.ts';
import type { NameSet, NameSets } from './nameSet.ts';
import type { EndpointSource } from './ports.ts';
import { type Resource, ResourceSet } from './resourceSet.ts';
import type { ServedProxy } from './servedMesh.ts';
import { encodeEmptyAssignment } from './wire/responses.ts';

interface Reading {
  /** Number of the last change that the set has taken in. */
  readAt: number;
  readonly set: ResourceSet;
}

/** The load assignments of each proxy, as one shared set per proxy and state of its endpoints. */
export class EndpointSets {
  readonly #source: EndpointSource;
  readonly #names: NameSets;
  readonly #changes = new ChangeLog();
  /** By the queries: a proxy's are one map for as long as they stay the same. */
  readonly #sets = new WeakMap<ServedProxy['endpointQueries'], Reading>();
  readonly #empty = new WeakMap<NameSet, ResourceSet>();

  constructor(source: EndpointSource, names: NameSets) {
    this.#source = source;
    this.#names = names;
  }

  /** The query with this key has other endpoints: proxies that use it are read anew when they are asked for. */
  changed(queryKey: string): void {
    this.#changes.add(queryKey);
  }

  /** Assignments of all EDS clusters of a proxy whose endpoints are known. */
  of(proxy: ServedProxy): ResourceSet {
    const known = this.#sets.get(proxy.endpointQueries);
    const readAt = this.#changes.count;
    if (known !== undefined && (known.readAt === readAt || !this.#changes.anySince(known.readAt, proxy.queryKeys))) {
      known.readAt = readAt;
      return known.set;
    }
    const read = this.read(proxy.endpointQueries);
    const set = known !== undefined && known.set.version === read.version ? known.set : read;
    this.#sets.set(proxy.endpointQueries, { readAt, set });
    return set;
  }

  read(queries: ReadonlyMap<string, EndpointQuery>): ResourceSet {
    const resources: Resource[] = [];
    for (const [name, query] of queries) {
      const current = this.#source.current(name, query);
      if (current !== undefined) resources.push({ name, version: current.version, bytes: current.bytes });
    }
    return ResourceSet.of(ENDPOINT_TYPE, resources);
  }

  /** Assignments without endpoints: they end the warming of clusters that have none. */
  empty(clusters: readonly string[]): ResourceSet {
    const names = this.#names.of(clusters);
    const known = this.#empty.get(names);
    if (known !== undefined) return known;
    const made = ResourceSet.of(
      ENDPOINT_TYPE,
      clusters.map((name) => {
        const bytes = encodeEmptyAssignment(name);
        return { name, version: contentHash(bytes), bytes };
      }),
    );
    this.#empty.set(names, made);
    return made;
  }
}
