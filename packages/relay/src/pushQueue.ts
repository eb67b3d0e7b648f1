/** Anything that can be asked to send what is due. */
export interface Pushable {
  push(): void;
}

/** Streams with something to look at, each once; served in batches, so that requests are read between them. */
export class PushQueue {
  readonly #waiting = new Set<Pushable>();
  readonly #batch: number;
  readonly #yield: (resume: () => void) => void;
  #scheduled = false;

  /** @param yieldTurn calls back in a later turn of the event loop. */
  constructor(batch: number, yieldTurn: (resume: () => void) => void) {
    this.#batch = batch;
    this.#yield = yieldTurn;
  }

  /** How many wait for their turn. */
  get size(): number {
    return this.#waiting.size;
  }

  add(stream: Pushable): void {
    this.#waiting.add(stream);
    this.#schedule();
  }

  /** It has nothing to send any more. */
  forget(stream: Pushable): void {
    this.#waiting.delete(stream);
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    this.#yield(() => {
      this.#scheduled = false;
      this.#serve();
    });
  }

  #serve(): void {
    let served = 0;
    for (const stream of this.#waiting) {
      this.#waiting.delete(stream);
      stream.push();
      served += 1;
      if (served >= this.#batch) break;
    }
    this.#schedule();
  }
}
