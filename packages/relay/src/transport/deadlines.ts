/** Time as the relay gets it handed in. */
export interface Timing {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Calls back once after `millis`, unless the returned function was called before. */
  readonly setTimer: (callback: () => void, millis: number) => () => void;
}

/** Things that each have the same time to get something done, thousands of them with one timer. */
export class Deadlines<T> {
  readonly #timing: Timing;
  readonly #millis: number;
  readonly #expired: (item: T) => void;
  /** Item → when its time is up; the order of entry is the order of deadlines. */
  readonly #due = new Map<T, number>();
  #cancel: (() => void) | undefined;

  /** @param expired called for an item that was not deleted in time; it is no longer held then. */
  constructor(timing: Timing, millis: number, expired: (item: T) => void) {
    this.#timing = timing;
    this.#millis = millis;
    this.#expired = expired;
  }

  get size(): number {
    return this.#due.size;
  }

  /** Starts the time of an item, anew if it is held. */
  start(item: T): void {
    this.#due.delete(item);
    this.#due.set(item, this.#timing.now() + this.#millis);
    this.#arm(this.#millis);
  }

  delete(item: T): void {
    this.#due.delete(item);
  }

  /** Forgets everything. */
  stop(): void {
    this.#due.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  // The timer is left running when its item is deleted: arming it anew for each message would cost more than waking up in vain.
  #arm(millis: number): void {
    this.#cancel ??= this.#timing.setTimer(() => {
      this.#cancel = undefined;
      this.#expire();
    }, millis);
  }

  #expire(): void {
    const now = this.#timing.now();
    for (const [item, due] of this.#due) {
      if (due > now) {
        this.#arm(due - now);
        return;
      }
      this.#due.delete(item);
      this.#expired(item);
    }
  }
}
