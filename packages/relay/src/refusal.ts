import { nothingOf, type ResourceSet } from './resourceSet.ts';

/**
 * Content that a client refused. It is known resource by resource: the set around a refused resource may shrink meanwhile
 * (clusters leave once nothing uses them) and has another version then, but nothing in it that was not refused already.
 */
export class Refusal {
  readonly #refused: ResourceSet;
  /** What the client had not taken before: the fault is in one of these. */
  readonly #suspects: ResourceSet;

  /** @param accepted what the client last took of the type. */
  constructor(refused: ResourceSet, accepted: ResourceSet | undefined) {
    this.#refused = refused;
    this.#suspects = refused.changeFrom(accepted ?? nothingOf(refused.typeUrl)).set;
  }

  /** Whether this content would only be refused again. With one of the suspects gone it may be good: whoever deletes what is at fault must not be left with nothing. */
  covers(wanted: ResourceSet): boolean {
    if (wanted.version === this.#refused.version) return true;
    const { set: fresh } = wanted.changeFrom(this.#refused);
    const { size } = this.#suspects;
    return fresh.size === 0 && size > 0 && wanted.intersection(this.#suspects).size === size;
  }
}
