/** How much is kept. */
export interface RecentLimits<Value> {
  readonly values: number;
  /** Of all values together; one that is heavier by itself is kept until there is another. */
  readonly weight: number;
  weigh(value: Value): number;
}

/** Values by key, the ones used last; those longest unused make room. */
export class Recent<Value> {
  readonly #limits: RecentLimits<Value>;
  readonly #values = new Map<string, Value>();

  constructor(limits: RecentLimits<Value>) {
    this.#limits = limits;
  }

  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.#renew(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#renew(key, value);
    const { values, weight, weigh } = this.#limits;
    let total = this.#values.values().reduce((sum, each) => sum + weigh(each), 0);
    for (const [oldest, each] of this.#values) {
      if ((this.#values.size <= values && total <= weight) || oldest === key) return;
      this.#values.delete(oldest);
      total -= weigh(each);
    }
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  /** The map's order is that of the last use. */
  #renew(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
  }
}
