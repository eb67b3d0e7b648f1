// Which characters Envoy 1.40's codecs take in a request, each class seen on it. Over HTTP/1.1 it answers 400 to others; over HTTP/2 it
// closes the connection, with all that is under way on it.

/** Whether this may be the host of a request over HTTP/1.1, by its characters; over HTTP/2 it must not have an `@` either. */
export function isHostText(text: string): boolean {
  return /^[\w!$%&'()*+,\-.:;=@[\]~]*$/.test(text);
}

/** Whether this may be a path with its query over HTTP/1.1, by its characters: visible ASCII. A `#` is one, and refused for what it means. */
export function isPathText(text: string): boolean {
  return /^[!-~]*$/.test(text);
}
