const MIB = 1024 * 1024;

/**
 * Most that a proxy may get of one type, in bytes: 32 MiB. `encodeSnapshot` refuses a whole mesh beyond 256 MiB of resources, or
 * 64 MiB stored: one proxy must not come near that, or none of the mesh's proxies would get anything new. No real one does.
 */
const MAX_TYPE_BYTES = 32 * MIB;

/** A proxy would get more than may be published for one; a mesh can bring it about, so it is no fault of the compiler. */
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
