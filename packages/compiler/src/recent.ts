/** Values by key, the ones used last; the one longest unused makes room. */
export class Recent<Value> {
  readonly #max: number;
  readonly #values = new Map<string, Value>();

  /** @param max most values that are kept. */
  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    // Set anew, so that the map's order is that of the last use.
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#max && oldest !== undefined) this.#values.delete(oldest);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }
}
