import type { EndStatus } from '../../outlet.ts';

// gRPC's framing: one byte that says whether the message is compressed, four of its length, the message.
const HEAD_BYTES = 5;
/** Room a message gets before its bytes are there; more only as they come, for a length is quickly claimed. */
const FIRST_ROOM_BYTES = 16 * 1024;

/** Why a client's bytes are no messages the relay takes. */
export class BadMessage extends Error {
  override readonly name = 'BadMessage';
  readonly status: EndStatus;

  constructor(status: EndStatus, message: string) {
    super(message);
    this.status = status;
  }
}

/** Takes messages out of the bytes of a call, however these are cut; holds at most twice the bytes it was given of one message. */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #take: (message: Buffer) => void;
  readonly #head = Buffer.allocUnsafe(HEAD_BYTES);
  #headBytes = 0;
  #length = 0;
  #body: Buffer | undefined;
  #bodyBytes = 0;

  constructor(maxBytes: number, take: (message: Buffer) => void) {
    this.#maxBytes = maxBytes;
    this.#take = take;
  }

  /** Bytes of a message are there, but not all of them. */
  get midway(): boolean {
    return this.#headBytes > 0;
  }

  /** @throws BadMessage for what is compressed or too long; nothing more can be read then. */
  add(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#headBytes < HEAD_BYTES) rest = this.#addHead(rest);
      if (this.#headBytes === HEAD_BYTES) rest = this.#addBody(rest);
    }
  }

  #addHead(bytes: Buffer): Buffer {
    const taken = bytes.copy(this.#head, this.#headBytes, 0, HEAD_BYTES - this.#headBytes);
    this.#headBytes += taken;
    if (this.#headBytes < HEAD_BYTES) return bytes.subarray(taken);
    // The relay names no encoding it accepts: a client must not use one.
    if (this.#head[0] !== 0) throw new BadMessage('unimplemented', 'the message is compressed; the relay takes messages as they are');
    this.#length = this.#head.readUInt32BE(1);
    if (this.#length > this.#maxBytes) {
      throw new BadMessage('resourceExhausted', `a message of ${this.#length} bytes; at most ${this.#maxBytes} are taken`);
    }
    return bytes.subarray(taken);
  }

  #addBody(bytes: Buffer): Buffer {
    const missing = this.#length - this.#bodyBytes;
    const part = bytes.subarray(0, missing);
    // The usual case costs no copy: a message that lies in one piece.
    if (this.#body === undefined && part.length === this.#length) this.#done(part);
    else if (part.length > 0) this.#gather(part);
    return bytes.subarray(part.length);
  }

  // Kept in one buffer, not as a list: a client may send a message byte by byte.
  #gather(part: Buffer): void {
    const size = this.#bodyBytes + part.length;
    this.#body ??= Buffer.allocUnsafe(Math.min(this.#length, Math.max(FIRST_ROOM_BYTES, size)));
    if (size > this.#body.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#length, Math.max(size, 2 * this.#body.length)));
      this.#body.copy(larger, 0, 0, this.#bodyBytes);
      this.#body = larger;
    }
    part.copy(this.#body, this.#bodyBytes);
    this.#bodyBytes = size;
    if (size === this.#length) this.#done(this.#body);
  }

  #done(message: Buffer): void {
    this.#headBytes = 0;
    this.#bodyBytes = 0;
    this.#body = undefined;
    this.#take(message);
  }
}

/** Frames responses, each once for all calls it goes to, in whatever order they take turns; a frame is let go when nobody sends it. */
export class MessageWriter {
  readonly #framed = new WeakMap<Buffer, WeakRef<Buffer>>();

  framed(body: Buffer): Buffer {
    const known = this.#framed.get(body)?.deref();
    if (known !== undefined) return known;
    const framed = Buffer.allocUnsafeSlow(HEAD_BYTES + body.length);
    framed[0] = 0;
    framed.writeUInt32BE(body.length, 1);
    body.copy(framed, HEAD_BYTES);
    this.#framed.set(body, new WeakRef(framed));
    return framed;
  }
}
