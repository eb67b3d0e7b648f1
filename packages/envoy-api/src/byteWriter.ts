const FIRST_BYTES = 64 * 1024;
/** Up to so many characters a text's length takes one byte, whatever they are: three bytes each at most. */
const SHORT_TEXT = 42;

/** Writes protobuf's wire format into one buffer that grows and is used again: nothing is put together twice. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  /** What was written since the last call, as bytes of its own; then all begins anew. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.#bytes.subarray(0, this.#length));
    this.clear();
    return taken;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#length = 0;
    // One large message would hold on to its room for good.
    if (this.#bytes.length > 16 * FIRST_BYTES) this.#bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** An unsigned number up to 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Any number of 64 bits; a negative one takes ten bytes. */
  bigVarint(value: bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeFloatLE(value, this.#length);
  }

  /** A text in UTF-8 behind its length. */
  text(value: string): void {
    if (value.length > SHORT_TEXT) {
      const size = Buffer.byteLength(value);
      this.varint(size);
      this.#reserve(size);
      this.#length += this.#bytes.write(value, this.#length);
      return;
    }
    this.#reserve(1 + 3 * SHORT_TEXT);
    const at = this.#length++;
    for (let place = 0; place < value.length; place++) {
      const unit = value.charCodeAt(place);
      if (unit > 0x7f) {
        this.#length += this.#bytes.write(value.slice(place), this.#length);
        break;
      }
      this.#bytes[this.#length++] = unit;
    }
    this.#bytes[at] = this.#length - at - 1;
  }

  /** Bytes behind their length. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** Begins what stands behind its own length, and answers where; most is short, so one byte is kept for the length. */
  open(): number {
    this.#reserve(1);
    return ++this.#length;
  }

  /** Ends what was begun there. */
  close(start: number): void {
    const size = this.#length - start;
    if (size < 0x80) {
      this.#bytes[start - 1] = size;
      return;
    }
    const more = sizeOfVarint(size) - 1;
    this.#reserve(more);
    this.#bytes.copyWithin(start + more, start, this.#length);
    const end = this.#length + more;
    this.#length = start - 1;
    this.varint(size);
    this.#length = end;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
