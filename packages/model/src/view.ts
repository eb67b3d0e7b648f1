import { referencesOf } from './references.ts';
import type { Kind, Ref, Resource } from './resource.ts';

/** A mesh at one moment, as rules look at it; every question costs what its answer holds, never the whole mesh. */
export interface MeshView {
  get<K extends Kind>(ref: Ref<K>): Resource<K> | undefined;
  /** Resources of one kind, of one virtual router or gateway for routes and gateway routes; in no order. */
  list<K extends Kind>(kind: K, parent?: string): Iterable<Resource<K>>;
  /** How many `list` would have, without looking at them. */
  count(kind: Kind, parent?: string): number;
  /** Resources whose specs name this one. */
  referrers(ref: Ref): Iterable<Resource>;
  /** Virtual services whose names differ from this one at most in upper and lower case: Envoy takes such hosts for equal. */
  virtualServicesAs(name: string): Iterable<Resource<'virtualService'>>;
}

/** Names a resource within its mesh, as one string. */
export function resourceKey({ kind, parent = '', name }: Ref): string {
  return `${kind}\0${parent}\0${name}`;
}

/** A `MeshView` of resources that come and go one at a time; its indexes follow at the cost of the one that changed. */
export class MeshIndex implements MeshView {
  readonly #resources = new Map<string, Resource>();
  readonly #lists = new Buckets();
  readonly #referrers = new Buckets();
  readonly #folded = new Buckets();

  get<K extends Kind>(ref: Ref<K>): Resource<K> | undefined {
    return this.#resources.get(resourceKey(ref)) as Resource<K> | undefined;
  }

  list<K extends Kind>(kind: K, parent?: string): Iterable<Resource<K>> {
    return this.#lists.in(listKey(kind, parent)) as Iterable<Resource<K>>;
  }

  count(kind: Kind, parent?: string): number {
    return this.#lists.size(listKey(kind, parent));
  }

  referrers(ref: Ref): Iterable<Resource> {
    return this.#referrers.in(resourceKey(ref));
  }

  virtualServicesAs(name: string): Iterable<Resource<'virtualService'>> {
    return this.#folded.in(name.toLowerCase()) as Iterable<Resource<'virtualService'>>;
  }

  /** How many resources there are. */
  get size(): number {
    return this.#resources.size;
  }

  /** Adds a resource, in the place of the one of that name if there is one. */
  put(resource: Resource): void {
    this.remove(resource.ref);
    const key = resourceKey(resource.ref);
    this.#resources.set(key, resource);
    for (const [buckets, bucket] of this.#placesOf(resource)) buckets.add(bucket, key, resource);
  }

  /** Removes a resource, if it is there. */
  remove(ref: Ref): void {
    const key = resourceKey(ref);
    const resource = this.#resources.get(key);
    if (resource === undefined) return;
    this.#resources.delete(key);
    for (const [buckets, bucket] of this.#placesOf(resource)) buckets.remove(bucket, key);
  }

  #placesOf(resource: Resource): readonly (readonly [Buckets, string])[] {
    const { kind, name, parent } = resource.ref;
    return [
      [this.#lists, listKey(kind, parent)],
      ...referencesOf(resource).map(({ ref }) => [this.#referrers, resourceKey(ref)] as const),
      ...(kind === 'virtualService' ? [[this.#folded, name.toLowerCase()] as const] : []),
    ];
  }
}

/** A view with changes laid over it: the state that a request would result in, made without copying the mesh. */
export class OverlayView implements MeshView {
  readonly #base: MeshView;
  readonly #own = new MeshIndex();
  /** All resources the changes speak of, by key; what the base says of them no longer holds. */
  readonly #changed: ReadonlyMap<string, Ref>;

  constructor(base: MeshView, changes: readonly { readonly ref: Ref; readonly after?: Resource }[]) {
    this.#base = base;
    this.#changed = new Map(changes.map(({ ref }) => [resourceKey(ref), ref]));
    for (const { after } of changes) if (after !== undefined) this.#own.put(after);
  }

  get<K extends Kind>(ref: Ref<K>): Resource<K> | undefined {
    return this.#changed.has(resourceKey(ref)) ? this.#own.get(ref) : this.#base.get(ref);
  }

  list<K extends Kind>(kind: K, parent?: string): Iterable<Resource<K>> {
    return this.#with(this.#base.list(kind, parent), this.#own.list(kind, parent));
  }

  count(kind: Kind, parent?: string): number {
    const key = listKey(kind, parent);
    let hidden = 0;
    for (const ref of this.#changed.values()) {
      if (listKey(ref.kind, ref.parent) === key && this.#base.get(ref) !== undefined) hidden += 1;
    }
    return this.#base.count(kind, parent) - hidden + this.#own.count(kind, parent);
  }

  referrers(ref: Ref): Iterable<Resource> {
    return this.#with(this.#base.referrers(ref), this.#own.referrers(ref));
  }

  virtualServicesAs(name: string): Iterable<Resource<'virtualService'>> {
    return this.#with(this.#base.virtualServicesAs(name), this.#own.virtualServicesAs(name));
  }

  *#with<K extends Kind>(base: Iterable<Resource<K>>, own: Iterable<Resource<K>>): Iterable<Resource<K>> {
    for (const resource of base) if (!this.#changed.has(resourceKey(resource.ref))) yield resource;
    yield* own;
  }
}

/** Resources grouped under a key each; empty groups take no memory. */
class Buckets {
  readonly #buckets = new Map<string, Map<string, Resource>>();

  in(bucket: string): Iterable<Resource> {
    return this.#buckets.get(bucket)?.values() ?? [];
  }

  size(bucket: string): number {
    return this.#buckets.get(bucket)?.size ?? 0;
  }

  add(bucket: string, key: string, resource: Resource): void {
    const members = this.#buckets.get(bucket) ?? new Map<string, Resource>();
    this.#buckets.set(bucket, members.set(key, resource));
  }

  remove(bucket: string, key: string): void {
    const members = this.#buckets.get(bucket);
    members?.delete(key);
    if (members?.size === 0) this.#buckets.delete(bucket);
  }
}

function listKey(kind: Kind, parent = ''): string {
  return `${kind}\0${parent}`;
}
