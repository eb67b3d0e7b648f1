const MIB = 1024 * 1024;

/**
 * Most that a proxy may get of one type, in bytes: 32 MiB. `encodeSnapshot` refuses a whole mesh beyond 256 MiB of resources, or
 * 64 MiB stored: one proxy must not come near that, or none of the mesh's proxies would get anything new. No real one does.
 */
const MAX_TYPE_BYTES = 32 * MIB;

/**
 * Most routes, virtual hosts, route configurations and chains that are made for one proxy, together. A route with App Mesh's own
 * retries takes about 330 bytes, so this is about what may be published; it is counted before anything is made.
 */
const MAX_PARTS = 100_000;

/** A proxy, or all of a mesh, would get more than may be published; a mesh can bring it about, so it is no fault of the compiler. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  readonly fix = 'give it fewer backends or gateway routes, or fewer and smaller routes behind them';
}

/**
 * Looks at the size of what a proxy gets of one type, as far as it is known: the rest need not be made for what is too large already.
 * @param maxBytes 32 MiB unless told.
 * @throws TooLarge
 */
export function checkSize(typeUrl: string, sizeBytes: number, maxBytes = MAX_TYPE_BYTES): void {
  if (sizeBytes <= maxBytes) return;
  const [size, most] = [sizeBytes, maxBytes].map((bytes) => (bytes / MIB).toFixed(1));
  const type = typeUrl.slice(typeUrl.lastIndexOf('.') + 1);
  throw new TooLarge(
    `Its proxy would get at least ${size} MiB of ${type} resources, and no proxy may get more than ${most} MiB of one type`,
  );
}

/**
 * Counts what a proxy is going to get, so that what multiplies (hosts by ports, virtual hosts by the routes of others) is found too
 * large by counting, not by making it.
 */
export class PartCount {
  readonly #most: number;
  #parts = 0;

  /** @param most 100,000 unless told. */
  constructor(most = MAX_PARTS) {
    this.#most = most;
  }

  /**
   * Counts parts that are about to be made.
   * @throws TooLarge
   */
  add(parts: number): void {
    this.#parts += parts;
    if (this.#parts <= this.#most) return;
    throw new TooLarge(
      `Its proxy would get at least ${this.#parts} routes, virtual hosts and ports, and no proxy may get more than ${this.#most}`,
    );
  }
}
