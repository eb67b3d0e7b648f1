import { type TypeUrl, typeVersion } from '@meshwright/snapshot';

/** One resource; `bytes` (an encoded Any) is absent where only a client's word tells that it has this version. */
export interface Resource {
  readonly name: string;
  readonly version: string;
  readonly bytes?: Uint8Array;
}

/** A resource that can be sent. */
export type SendableResource = Required<Resource>;

/** What turns one set into another. */
export interface Change {
  /** New or different in the newer set, and known by content. */
  readonly set: ResourceSet;
  /** Names that the newer set lacks. */
  readonly removed: readonly string[];
}

interface NameFilter {
  readonly names: ReadonlySet<string>;
}

/**
 * An immutable set of resources of one type. Thousands of streams hold and want the same few sets, so what is derived from a
 * set is remembered with it, by identity, and lives as long as the sets it was derived from.
 */
export class ResourceSet {
  readonly typeUrl: TypeUrl;
  readonly resources: ReadonlyMap<string, Resource>;
  #version: string | undefined;
  readonly #selections = new WeakMap<NameFilter, ResourceSet>();
  readonly #unions = new WeakMap<ResourceSet, ResourceSet>();
  readonly #intersections = new WeakMap<ResourceSet, ResourceSet>();
  readonly #differences = new WeakMap<ResourceSet, ResourceSet>();
  readonly #changes = new WeakMap<ResourceSet, Change>();

  constructor(typeUrl: TypeUrl, resources: ReadonlyMap<string, Resource>, version?: string) {
    this.typeUrl = typeUrl;
    this.resources = resources;
    this.#version = version;
  }

  static of(typeUrl: TypeUrl, resources: Iterable<Resource>): ResourceSet {
    return new ResourceSet(typeUrl, new Map(Array.from(resources, (resource) => [resource.name, resource])));
  }

  /** Hash of names and contents, the same function as in a snapshot: a part never has the version of the whole. */
  get version(): string {
    this.#version ??= typeVersion(new Map(Array.from(this.resources, ([name, { version }]) => [name, version])));
    return this.#version;
  }

  get size(): number {
    return this.resources.size;
  }

  /** The resources that have content, in the order of the snapshot. */
  get sendable(): readonly SendableResource[] {
    return [...this.resources.values()].filter((resource) => resource.bytes !== undefined) as SendableResource[];
  }

  /** Those with these names. */
  select(filter: NameFilter): ResourceSet {
    return remembered(this.#selections, filter, () => this.#filtered((name) => filter.names.has(name)));
  }

  /** These and what only `older` has. */
  union(older: ResourceSet): ResourceSet {
    if (older === this) return this;
    return remembered(this.#unions, older, () => {
      const extra = [...older.resources.values()].filter(({ name }) => !this.resources.has(name));
      return extra.length === 0 ? this : ResourceSet.of(this.typeUrl, [...this.resources.values(), ...extra]);
    });
  }

  /** Those whose names `other` has too. */
  intersection(other: ResourceSet): ResourceSet {
    return remembered(this.#intersections, other, () => this.#filtered((name) => other.resources.has(name)));
  }

  /** Those whose names `other` does not have. */
  minus(other: ResourceSet): ResourceSet {
    return remembered(this.#differences, other, () => this.#filtered((name) => !other.resources.has(name)));
  }

  /** Those with other names; this very set when it has none of them. */
  without(names: Iterable<string>): ResourceSet {
    const dropped = new Set(names);
    return this.#filtered((name) => !dropped.has(name));
  }

  /** What turns `older` into this set. */
  changeFrom(older: ResourceSet): Change {
    return remembered(this.#changes, older, () => {
      const changed = (name: string) => older.resources.get(name)?.version !== this.resources.get(name)?.version;
      const set = older === this ? this.#filtered(() => false) : this.#filtered(changed);
      return {
        set: set.#filtered((name) => set.resources.get(name)?.bytes !== undefined),
        removed: [...older.resources.keys()].filter((name) => !this.resources.has(name)),
      };
    });
  }

  #filtered(keep: (name: string) => boolean): ResourceSet {
    const kept = [...this.resources.values()].filter(({ name }) => keep(name));
    return kept.length === this.resources.size ? this : ResourceSet.of(this.typeUrl, kept);
  }
}

function remembered<Key extends object, Value>(memory: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}

const nothing = new Map<TypeUrl, ResourceSet>();

/** The empty set of a served type, one object for all streams, so that first answers are shared too. */
export function nothingOf(typeUrl: TypeUrl): ResourceSet {
  const known = nothing.get(typeUrl) ?? ResourceSet.of(typeUrl, []);
  nothing.set(typeUrl, known);
  return known;
}
