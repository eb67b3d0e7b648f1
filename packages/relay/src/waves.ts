/** One response as it goes to every stream that takes it before the next is made. */
export interface Wave {
  readonly nonce: number;
  readonly body: Buffer;
}

/** A wave for as long as its body is worth its memory. */
interface Kept {
  wave: Wave | undefined;
}

/**
 * Numbers responses and keeps the newest of each content. Streams that want the same content share one buffer, nonce included;
 * a stream that must get that content again gets a new wave: with a reused nonce Envoy's request for a warming cluster would
 * look like its last acknowledgement, and a cluster whose request goes unanswered warms for ever.
 */
export class Waves {
  #last = 0;
  readonly #newest = new WeakMap<object, Kept>();
  /** Oldest first. With ten thousand different proxies the responses of all of them would take many times what their resources take. */
  readonly #kept = new Set<Kept>();
  readonly #keptBytes: number;
  #bytes = 0;

  /** @param keptBytes what is kept to be shared, in bytes of all bodies together. */
  constructor(keptBytes: number) {
    this.#keptBytes = keptBytes;
  }

  /** Bytes of the responses that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param content the set or change that is sent, by identity.
   * @param after the highest nonce this stream has had of the type.
   */
  take(content: object, after: number, encode: (nonce: string) => Buffer): Wave {
    const newest = this.#newest.get(content);
    if (newest?.wave !== undefined && newest.wave.nonce > after) return newest.wave;
    if (newest !== undefined) this.#drop(newest);
    const wave = this.once(encode);
    this.#keep(content, { wave });
    return wave;
  }

  /** A response for one stream alone. */
  once(encode: (nonce: string) => Buffer): Wave {
    this.#last += 1;
    return { nonce: this.#last, body: ofItsOwn(encode(String(this.#last))) };
  }

  #keep(content: object, made: Kept): void {
    this.#newest.set(content, made);
    this.#kept.add(made);
    this.#bytes += made.wave?.body.length ?? 0;
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#keptBytes || oldest === made) return;
      this.#drop(oldest);
    }
  }

  #drop(kept: Kept): void {
    this.#bytes -= kept.wave?.body.length ?? 0;
    kept.wave = undefined;
    this.#kept.delete(kept);
  }
}

/** A small buffer is part of a pool of 64 KiB, and keeps all of it: what is kept longer than a moment has memory of its own. */
function ofItsOwn(body: Buffer): Buffer {
  if (body.buffer.byteLength === body.length) return body;
  const own = Buffer.allocUnsafeSlow(body.length);
  body.copy(own);
  return own;
}
