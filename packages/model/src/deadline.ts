import { MeshError } from './errors.ts';

/** What the time of a request is measured and waited for with. */
export interface DeadlineClock {
  /** Milliseconds from any start, never set back. */
  monotonic(): number;
  /** Ends after so many milliseconds, or with an error when the signal says so before. */
  sleep(millis: number, signal?: AbortSignal): Promise<void>;
}

/** The end of the time that one request has, which also comes while a store keeps silent. */
export class Deadline {
  readonly #clock: DeadlineClock;
  readonly #at: number;
  readonly #passed = Promise.withResolvers<never>();
  readonly #silence = silence();
  readonly #ended = new AbortController();

  /** @param at as `clock.monotonic()` tells it. */
  constructor(clock: DeadlineClock, at: number) {
    this.#clock = clock;
    this.#at = at;
    // Nobody may be waiting when it passes.
    this.#passed.promise.catch(() => undefined);
    const ring = (): void => {
      // A timer may fire a moment early, hence the millisecond; a clock that stands still all the same never gets there.
      if (this.isPassed) this.#passed.reject(this.#silence);
    };
    clock.sleep(this.remaining + 1, this.#ended.signal).then(ring, () => undefined);
  }

  get isPassed(): boolean {
    return this.remaining <= 0;
  }

  /** Milliseconds until then; 0 or less once it has passed. */
  get remaining(): number {
    return this.#at - this.#clock.monotonic();
  }

  /**
   * What a store's call comes to, unless the time ends first; the call is left to itself then, and none is begun any more.
   * @param leave called when the call is left to itself.
   * @throws MeshError `ServiceUnavailable` when the store has not answered in time.
   */
  async race<T>(call: () => Promise<T>, leave?: () => void): Promise<T> {
    if (this.isPassed) throw silence({ isUndone: true });
    try {
      return await Promise.race([call(), this.#passed.promise]);
    } catch (error) {
      if (error === this.#silence) leave?.();
      throw error;
    }
  }

  /** To be called when nobody waits any longer, so that no timer is left behind. */
  end(): void {
    this.#ended.abort();
  }
}

function silence(options: { readonly isUndone?: boolean } = {}): MeshError {
  return new MeshError('ServiceUnavailable', 'The store has not answered within the time a request has: send it again.', options);
}
