/** Most of a request's headers, names and values together; the ones Envoy sends have some hundred bytes, a token a few thousand. */
export const HEADER_LIST_BYTES = 16 * 1024;
