/** One response as it goes to every stream that takes it before the next is made. */
export interface Wave {
  readonly nonce: number;
  readonly body: Buffer;
}

/**
 * Numbers responses and keeps the newest of each content. Streams that want the same content share one buffer, nonce included;
 * a stream that must get that content again gets a new wave: with a reused nonce Envoy's request for a warming cluster would
 * look like its last acknowledgement, and a cluster whose request goes unanswered warms for ever.
 */
export class Waves {
  #last = 0;
  readonly #newest = new WeakMap<object, Wave>();

  /**
   * @param content the set or change that is sent, by identity.
   * @param after the highest nonce this stream has had of the type.
   */
  take(content: object, after: number, encode: (nonce: string) => Buffer): Wave {
    const newest = this.#newest.get(content);
    if (newest !== undefined && newest.nonce > after) return newest;
    const made = this.once(encode);
    this.#newest.set(content, made);
    return made;
  }

  /** A response for one stream alone. */
  once(encode: (nonce: string) => Buffer): Wave {
    this.#last += 1;
    return { nonce: this.#last, body: encode(String(this.#last)) };
  }
}
