import type { Head } from '@meshwright/snapshot';

/** Hands every head that changes to any number of watchers; a slow one finds the newest of each mesh only. */
export class HeadFeed {
  readonly #watchers = new Set<(head: Head) => void>();

  /** Tells all watchers of a head that was just written. */
  tell(head: Head): void {
    for (const watcher of this.#watchers) watcher(head);
  }

  /**
   * Yields the current heads, then those that change, until the signal aborts.
   * @param current answers the heads there are; called once, when the reading begins.
   */
  async *watch(current: () => Iterable<Head>, signal: AbortSignal): AsyncGenerator<readonly Head[]> {
    if (signal.aborted) return;
    const pending = new Map<string, Head>();
    let news = Promise.withResolvers<void>();
    const watcher = (head: Head): void => {
      pending.set(head.mesh, head);
      news.resolve();
    };
    const stop = (): void => {
      this.#watchers.delete(watcher);
      news.resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
    this.#watchers.add(watcher);
    try {
      yield [...current()];
      for (;;) {
        await news.promise;
        if (signal.aborted) return;
        news = Promise.withResolvers();
        const heads = [...pending.values()];
        pending.clear();
        yield heads;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }
}
