import type { ContentHash, HeldResource, TypeUrl } from '@meshwright/snapshot';
import { nothingOf, ResourceSet } from './resourceSet.ts';

/** What a session gets in place of held content: the set, and what of it is not as the snapshot has it. */
export interface Mix {
  readonly set: ResourceSet;
  /** Held content that the session does not get. */
  readonly kept: ResourceSet;
  /** Whether there is nothing to put in the place of some of it, so that the set lacks the name. */
  readonly omits: boolean;
}

/** Resources that too many proxies refused: whoever has not taken them yet keeps what it has of their names. */
export class HeldContent {
  static readonly NONE = new HeldContent([]);
  readonly #hashes = new Map<TypeUrl, Map<string, Set<ContentHash>>>();
  /** Sets and what is held of them; sessions share sets, so the answers are shared. */
  readonly #parts = new WeakMap<ResourceSet, ResourceSet>();
  readonly #mixes = new WeakMap<ResourceSet, WeakMap<ResourceSet, WeakMap<ResourceSet, Mix>>>();
  /** As one text: heads come often, and the list changes rarely. */
  readonly key: string;

  constructor(held: readonly HeldResource[]) {
    this.key = keyOf(held);
    for (const { typeUrl, name, hash } of held) {
      const names = this.#hashes.get(typeUrl) ?? new Map<string, Set<ContentHash>>();
      this.#hashes.set(typeUrl, names.set(name, (names.get(name) ?? new Set()).add(hash)));
    }
  }

  /** The list of a head: `before` itself when it says the same. */
  static of(held: readonly HeldResource[] | undefined, before: HeldContent): HeldContent {
    if (held === undefined || held.length === 0) return HeldContent.NONE;
    return before.key === keyOf(held) ? before : new HeldContent(held);
  }

  /** Whether a resource with this content is held. */
  has(typeUrl: TypeUrl, name: string, hash: ContentHash): boolean {
    return this.#hashes.get(typeUrl)?.get(name)?.has(hash) === true;
  }

  /** The part of a set that is held. */
  partOf(set: ResourceSet): ResourceSet {
    if (!this.#hashes.has(set.typeUrl)) return nothingOf(set.typeUrl);
    const known = this.#parts.get(set);
    if (known !== undefined) return known;
    const part = ResourceSet.of(
      set.typeUrl,
      [...set.resources.values()].filter(({ name, version }) => this.has(set.typeUrl, name, version)),
    );
    this.#parts.set(set, part);
    return part;
  }

  /**
   * What a session is to have of a snapshot's set.
   * @param accepted what it has taken: held content that it took, it keeps.
   * @param good what its proxy had of the held names before they were held, for a session that has taken nothing.
   */
  mix(set: ResourceSet, accepted: ResourceSet, good: ResourceSet): Mix {
    const bySet = remembered(this.#mixes, set, () => new WeakMap<ResourceSet, WeakMap<ResourceSet, Mix>>());
    const byAccepted = remembered(bySet, accepted, () => new WeakMap<ResourceSet, Mix>());
    return remembered(byAccepted, good, () => this.#mixOf(set, accepted, good));
  }

  #mixOf(set: ResourceSet, accepted: ResourceSet, good: ResourceSet): Mix {
    const { typeUrl } = set;
    const kept = ResourceSet.of(
      typeUrl,
      [...this.partOf(set).resources.values()].filter(({ name, version }) => accepted.resources.get(name)?.version !== version),
    );
    if (kept.size === 0) return { set, kept: nothingOf(typeUrl), omits: false };
    const instead = [...kept.resources.keys()].flatMap((name) => accepted.resources.get(name) ?? good.resources.get(name) ?? []);
    const mixed = ResourceSet.of(typeUrl, [...set.minus(kept).resources.values(), ...instead]);
    return { set: mixed, kept, omits: instead.length < kept.size };
  }
}

function keyOf(held: readonly HeldResource[]): string {
  return JSON.stringify(held.map(({ typeUrl, name, hash }) => [typeUrl, name, hash]).sort());
}

function remembered<Key extends object, Value>(memory: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
