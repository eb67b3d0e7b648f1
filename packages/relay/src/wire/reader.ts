/** Bytes that are not the protobuf message they should be. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Wire type of whole numbers. */
export const VARINT = 0;
const FIXED64 = 1;
/** Wire type of strings, bytes and messages. */
export const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const MAX_SHIFT = 63;
const LOW_BITS = 0x7f;
const MORE = 0x80;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Walks the fields of one protobuf message without copying; what nobody asks for is skipped, not decoded. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  #start = 0;
  #wireType = VARINT;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves to the next field and answers its number, 0 at the end. Every field must be consumed by one of the other methods. */
  next(): number {
    this.#start = this.#at;
    if (this.#at >= this.#bytes.length) return 0;
    const tag = this.#varint();
    this.#wireType = tag & 7;
    const field = Math.floor(tag / 8);
    if (field === 0 || field > 0x1fffffff) throw new Malformed(`field number ${field} at byte ${this.#start}`);
    return field;
  }

  /** Offset at which the current field's tag stands. */
  get start(): number {
    return this.#start;
  }

  /** Offset behind what was consumed. */
  get end(): number {
    return this.#at;
  }

  slice(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }

  bytes(): Buffer {
    if (this.#wireType !== LENGTH_DELIMITED) throw new Malformed(`wire type ${this.#wireType} at byte ${this.#start}, expected 2`);
    const length = this.#varint();
    return this.#take(length);
  }

  string(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw new Malformed(`a string at byte ${this.#start} is not UTF-8`, { cause });
    }
  }

  number(): number {
    if (this.#wireType !== VARINT) throw new Malformed(`wire type ${this.#wireType} at byte ${this.#start}, expected 0`);
    return this.#varint();
  }

  skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED64) this.#take(8);
    else if (this.#wireType === LENGTH_DELIMITED) this.#take(this.#varint());
    else if (this.#wireType === FIXED32) this.#take(4);
    else throw new Malformed(`wire type ${this.#wireType} at byte ${this.#start}`);
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Malformed(`${length} bytes at byte ${this.#at} of ${this.#bytes.length}`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  // Lengths past 2^53 lose their low bits here; they are out of any message's range all the same and refused by #take.
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift <= MAX_SHIFT; shift += 7) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new Malformed(`a number is cut short at byte ${this.#at}`);
      this.#at += 1;
      value += (byte & LOW_BITS) * 2 ** shift;
      if ((byte & MORE) === 0) return value;
    }
    throw new Malformed(`a number is longer than ten bytes at byte ${this.#start}`);
  }
}
