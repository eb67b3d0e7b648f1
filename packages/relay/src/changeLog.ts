/** Keys remembered; of those that changed before, everything that was read earlier counts as changed. */
const MOST_KEYS = 20_000;

/** Numbers changes of live data by key, so that what was read before can be told to be current without reading it again. */
export class ChangeLog {
  /** The key that changed longest ago first. */
  readonly #changedAt = new Map<string, number>();
  readonly #mostKeys: number;
  #forgotten = 0;
  #count = 0;

  constructor(mostKeys = MOST_KEYS) {
    this.#mostKeys = mostKeys;
  }

  /** Number of the last change. */
  get count(): number {
    return this.#count;
  }

  add(key: string): void {
    this.#count += 1;
    this.#changedAt.delete(key);
    this.#changedAt.set(key, this.#count);
    if (this.#changedAt.size <= this.#mostKeys) return;
    for (const [oldest, at] of this.#changedAt) {
      this.#changedAt.delete(oldest);
      this.#forgotten = at;
      return;
    }
  }

  /** Whether any of these keys may have changed after the change of this number. */
  anySince(count: number, among: Iterable<string>): boolean {
    if (this.#forgotten > count) return true;
    for (const key of among) if ((this.#changedAt.get(key) ?? 0) > count) return true;
    return false;
  }
}
