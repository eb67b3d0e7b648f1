import type { ReadinessCheck } from './readiness.ts';

interface Retrying {
  readonly settings: { readonly retryMillis: number };
  readonly setTimer: (callback: () => void, millis: number) => () => void;
}

/** Looks until there is something to serve. */
export class WhenReady {
  readonly #readiness: Pick<ReadinessCheck, 'check'> | undefined;
  readonly #retrying: Retrying;
  readonly #ready: () => void;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** @param ready called once. */
  constructor(readiness: Pick<ReadinessCheck, 'check'> | undefined, retrying: Retrying, ready: () => void) {
    this.#readiness = readiness;
    this.#retrying = retrying;
    this.#ready = ready;
  }

  async wait(): Promise<void> {
    const answer = await this.#readiness?.check();
    if (this.#stopped) return;
    if (answer?.isReady === false) this.#cancel = this.#retrying.setTimer(() => void this.wait(), this.#retrying.settings.retryMillis);
    else this.#ready();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }
}
