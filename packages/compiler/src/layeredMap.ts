/** Fewest changes that are kept apart, whatever the size of the map. */
const FEWEST_LAYERED = 64;

/**
 * A map that never changes, made from another one at the cost of the changes: the versions of a mesh share what is in both. Every
 * now and then all is copied, about as often as the square root of the size, so that neither copying nor reading costs much.
 */
export class LayeredMap<Value> implements ReadonlyMap<string, Value> {
  readonly size: number;
  readonly #base: ReadonlyMap<string, Value>;
  /** What is laid over the base; undefined = removed. */
  readonly #changes: ReadonlyMap<string, Value | undefined>;

  constructor(base: ReadonlyMap<string, Value> = new Map(), changes: ReadonlyMap<string, Value | undefined> = new Map()) {
    this.#base = base;
    this.#changes = changes;
    let size = base.size;
    for (const [key, value] of changes) size += Number(value !== undefined) - Number(base.has(key));
    this.size = size;
  }

  /** This map with these changes; undefined removes. */
  with(changes: ReadonlyMap<string, Value | undefined>): LayeredMap<Value> {
    const all = new Map([...this.#changes, ...changes]);
    const changed = new LayeredMap(this.#base, all);
    return all.size <= FEWEST_LAYERED + 4 * Math.sqrt(this.#base.size) ? changed : new LayeredMap(new Map(changed));
  }

  get(key: string): Value | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** What was never changed since all was copied comes first. */
  *entries(): MapIterator<[string, Value]> {
    for (const entry of this.#base) if (!this.#changes.has(entry[0])) yield entry;
    for (const [key, value] of this.#changes) if (value !== undefined) yield [key, value];
    return undefined;
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
    return undefined;
  }

  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
    return undefined;
  }

  forEach(callback: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }
}
