import type { FleetWatch } from '@meshwright/api';
import { MeshError } from '@meshwright/model';

/** News are looked at this often at most, in milliseconds: thousands of proxies acknowledge one after the other. */
const SHORTEST_MILLIS = 50;
/** Requests that may wait at the same time. */
const MOST_WATCHES = 200;

/** Calls back once after `millis`, unless the returned function was called before. */
export type SetTimer = (callback: () => void, millis: number) => () => void;

/** Those who wait for news of meshes. */
export class FleetWatches {
  readonly #setTimer: SetTimer;
  readonly #watches = new Map<Watch, string>();

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer;
  }

  /** Something has changed in a mesh, `<owner>/<mesh>`. */
  changed(mesh: string): void {
    for (const [watch, watched] of this.#watches) if (watched === mesh) watch.wake();
  }

  /**
   * @param pollMillis time after which something may have changed that nobody tells of; for ever unless given.
   * @throws MeshError `TooManyRequests` when 200 wait already.
   */
  watch(mesh: string, millis: number, pollMillis = Number.POSITIVE_INFINITY): FleetWatch {
    if (this.#watches.size >= MOST_WATCHES) {
      throw new MeshError('TooManyRequests', `${MOST_WATCHES} requests wait for deliveries already: ask again later, or without wait.`);
    }
    const watch = new Watch(this.#setTimer, millis, pollMillis, () => this.#watches.delete(watch));
    this.#watches.set(watch, mesh);
    return watch;
  }
}

class Watch implements FleetWatch {
  readonly #setTimer: SetTimer;
  readonly #pollMillis: number;
  readonly #cancels = new Set<() => void>();
  readonly #leave: () => void;
  #isNews = false;
  #isOver = false;
  #look: () => void = () => {};

  constructor(setTimer: SetTimer, millis: number, pollMillis: number, leave: () => void) {
    this.#setTimer = setTimer;
    this.#pollMillis = pollMillis;
    this.#leave = leave;
    this.#after(millis, () => {
      this.#isOver = true;
      this.#look();
    });
  }

  wake(): void {
    this.#isNews = true;
    this.#look();
  }

  async changed(): Promise<boolean> {
    await this.#pause(SHORTEST_MILLIS);
    if (Number.isFinite(this.#pollMillis)) this.#after(this.#pollMillis, () => this.wake());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#look = () => {
      if (this.#isNews || this.#isOver) resolve();
    };
    this.#look();
    await promise;
    this.#isNews = false;
    return !this.#isOver;
  }

  [Symbol.dispose](): void {
    this.#leave();
    for (const cancel of this.#cancels) cancel();
  }

  #pause(millis: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#after(millis, resolve);
    return promise;
  }

  #after(millis: number, callback: () => void): void {
    const cancel = this.#setTimer(() => {
      this.#cancels.delete(cancel);
      callback();
    }, millis);
    this.#cancels.add(cancel);
  }
}
