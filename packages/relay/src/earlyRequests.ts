/** Most requests of a client nobody has identified yet: Envoy sends one per type, twice that with what follows from them. */
const MOST_REQUESTS = 32;

/** What a client sends before it is known who it is: kept in order, and not without end. */
export class EarlyRequests {
  readonly #requests: Uint8Array[] = [];
  #freeBytes: number;

  /** @param mostBytes of all of them together. */
  constructor(mostBytes: number) {
    this.#freeBytes = mostBytes;
  }

  /** False when that is more than is kept for a stranger. */
  keep(request: Uint8Array): boolean {
    this.#freeBytes -= request.length;
    if (this.#freeBytes < 0 || this.#requests.length >= MOST_REQUESTS) return false;
    this.#requests.push(request);
    return true;
  }

  get all(): readonly Uint8Array[] {
    return this.#requests;
  }
}
