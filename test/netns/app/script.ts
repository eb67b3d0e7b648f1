/** What a request tells the application to do, by these headers: paths and methods are for routes to match. */
export const DIRECTIONS = {
  /** `503x2`: the first two attempts with this key are answered 503; a code of gRPC there; `resetx2` breaks them off. */
  fail: 'x-fail',
  /** Never answered, until a request with the same key says `release`. */
  hold: 'x-hold',
  /** Answers those held by this key, then itself. */
  release: 'x-release',
  /** Answers how many attempts with this key there have been, and is none. */
  count: 'x-count',
  /** What attempts are counted by. */
  key: 'x-key',
} as const;

/** Header with the number of attempts so far. */
export const ATTEMPTS = 'x-attempts';

/** Reads a header; undefined when the request has none of the name. */
export type HeaderReader = (name: string) => string | undefined;

/** What becomes of one attempt. */
export interface Turn {
  readonly attempts: number;
  /** What it fails with: a status, or `reset`. */
  readonly failure?: string;
}

/** Remembers attempts and held requests, whatever protocol they came by. */
export class Script {
  readonly #attempts = new Map<string, number>();
  readonly #held = new Map<string, (() => void)[]>();

  /** Resolves when the request is to be answered: at once unless it is held. */
  async turn(header: HeaderReader): Promise<Turn> {
    const counted = header(DIRECTIONS.count);
    if (counted !== undefined) return { attempts: this.#attempts.get(counted) ?? 0 };
    this.#release(header(DIRECTIONS.release));
    const attempts = this.#counted(header(DIRECTIONS.key));
    const [, failure, times = ''] = /^(\w+)x(\d+)$/.exec(header(DIRECTIONS.fail) ?? '') ?? [];
    if (header(DIRECTIONS.hold) !== undefined) await this.#hold(header(DIRECTIONS.hold) ?? '');
    return failure !== undefined && attempts <= Number(times) ? { attempts, failure } : { attempts };
  }

  #counted(key: string | undefined): number {
    if (key === undefined) return 1;
    const attempts = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempts);
    return attempts;
  }

  #hold(key: string): Promise<void> {
    return new Promise((go) => this.#held.set(key, [...(this.#held.get(key) ?? []), go]));
  }

  #release(key: string | undefined): void {
    if (key === undefined) return;
    for (const go of this.#held.get(key) ?? []) go();
    this.#held.delete(key);
  }
}
