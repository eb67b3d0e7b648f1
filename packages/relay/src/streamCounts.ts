/** Counts the open streams of each proxy, for one identity that is given away or a client gone wild must not take all there is. */
export class StreamCounts {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** @param most streams of one proxy. */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether there is room for one more; then it is to be given back with `leave`. */
  enter(identity: string): boolean {
    const open = this.#open.get(identity) ?? 0;
    if (open >= this.#most) return false;
    this.#open.set(identity, open + 1);
    return true;
  }

  leave(identity: string): void {
    const open = this.#open.get(identity) ?? 0;
    if (open <= 1) this.#open.delete(identity);
    else this.#open.set(identity, open - 1);
  }
}
