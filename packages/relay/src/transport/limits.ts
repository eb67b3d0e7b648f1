/** Most of a request's headers, names and values together; the ones Envoy sends have some hundred bytes, a token a few thousand. */
export const HEADER_LIST_BYTES = 16 * 1024;

/** A client that does not answer a PING within this time is gone, in milliseconds; gRPC's own default. */
export const PONG_MILLIS = 20_000;

/**
 * Whether headers take more than a client is told they may. What it is told binds it once it has said that it knows; what it sends
 * before, and one that never does, is held to it by this.
 * @param parts names and values.
 */
export function isBomb(parts: readonly string[]): boolean {
  let size = 0;
  for (const part of parts) size += part.length;
  return size > HEADER_LIST_BYTES;
}
