import { ENDPOINT_TYPE } from '@meshwright/envoy-api';
import { contentHash, type EndpointQuery } from '@meshwright/snapshot';
import type { NameSet, NameSets } from './nameSet.ts';
import type { EndpointSource } from './ports.ts';
import { type Resource, ResourceSet } from './resourceSet.ts';
import type { ServedProxy } from './servedMesh.ts';
import { encodeEmptyAssignment } from './wire/responses.ts';

/** The load assignments of each proxy, as one shared set per proxy and state of the endpoints. */
export class EndpointSets {
  readonly #source: EndpointSource;
  readonly #names: NameSets;
  #state = 0;
  readonly #sets = new WeakMap<ServedProxy, { readonly state: number; readonly set: ResourceSet }>();
  readonly #empty = new WeakMap<NameSet, ResourceSet>();

  constructor(source: EndpointSource, names: NameSets) {
    this.#source = source;
    this.#names = names;
  }

  /** Something in the source has changed: what is asked for from now on is read anew. */
  changed(): void {
    this.#state += 1;
  }

  /** Assignments of all EDS clusters of a proxy whose endpoints are known. */
  of(proxy: ServedProxy): ResourceSet {
    const known = this.#sets.get(proxy);
    if (known?.state === this.#state) return known.set;
    const read = this.read(proxy.endpointQueries);
    const set = known !== undefined && known.set.version === read.version ? known.set : read;
    this.#sets.set(proxy, { state: this.#state, set });
    return set;
  }

  read(queries: ReadonlyMap<string, EndpointQuery>): ResourceSet {
    const resources: Resource[] = [];
    for (const [name, query] of queries) {
      const current = this.#source.current(name, query);
      if (current !== undefined) resources.push({ name, ...current });
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
