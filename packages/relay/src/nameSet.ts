import { decodeNames } from './wire/requests.ts';
import { encodeNames } from './wire/responses.ts';

/** Name of the subscription to everything. */
export const WILDCARD = '*';

/** An immutable set of subscribed names; equal lists share one object, so that what is derived from it is derived once. */
export interface NameSet {
  readonly names: ReadonlySet<string>;
  /** As `resource_names` fields: a request with the same bytes asks for the same names. */
  readonly encoded: Buffer;
  /** Whether `*` is among the names. */
  readonly wildcard: boolean;
}

// Proxies of one mesh ask for few different lists. Past this the least recently used is forgotten, which costs sharing, nothing
// else. Bytes as requests encode them; a set of them takes several times as many. Counted by bytes and not by lists, for a
// request may carry 16 MiB of names.
const KEPT_BYTES = 8 * 1024 * 1024;
/** What a list costs beside its names. */
const LIST_BYTES = 256;

/** Most names a client may subscribe to per type: twice the 10,000 services of the largest mesh that is measured. */
export const MOST_NAMES = 20_000;
/** Lists longer than this are a client's own: to find an equal one costs more than sharing it saves. */
const SHARED_NAMES = 2_000;

/** A client that subscribes to more names than a mesh can have. */
export class TooManyNames extends Error {
  override readonly name = 'TooManyNames';

  constructor(count: number) {
    super(`${count} names are subscribed, at most ${MOST_NAMES} per type are served`);
  }
}

/** Where equal name lists become one object. */
export class NameSets {
  /** The least recently used first. */
  readonly #known = new Map<string, NameSet>();
  readonly #keptBytes: number;
  #bytes = 0;
  /** The subscription to nothing. */
  readonly none: NameSet;

  /** @param keptBytes what is remembered at most, in bytes of encoded names; 8 MiB. */
  constructor(keptBytes = KEPT_BYTES) {
    this.#keptBytes = keptBytes;
    this.none = this.ofEncoded(Buffer.alloc(0));
  }

  /** @throws Malformed, TooManyNames */
  ofEncoded(encoded: Buffer): NameSet {
    const key = encoded.toString('latin1');
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known;
    }
    // A copy: the request's own buffer may be a piece of a much larger one.
    const names = bounded(new Set(decodeNames(encoded)));
    const made: NameSet = { names, encoded: Buffer.from(encoded), wildcard: names.has(WILDCARD) };
    this.#keep(key, made);
    return made;
  }

  #keep(key: string, made: NameSet): void {
    // One that would empty the memory by itself is not worth it.
    if (costOf(made) > this.#keptBytes) return;
    this.#known.set(key, made);
    this.#bytes += costOf(made);
    for (const [oldest, names] of this.#known) {
      if (this.#bytes <= this.#keptBytes) return;
      this.#known.delete(oldest);
      this.#bytes -= costOf(names);
    }
  }

  /** One object for a set of names, in whatever order they came, unless there are very many. @throws TooManyNames */
  of(asked: Iterable<string>): NameSet {
    const names = bounded(new Set(asked));
    if (names.size > SHARED_NAMES) return { names, encoded: NOT_ENCODED, wildcard: names.has(WILDCARD) };
    return this.ofEncoded(encodeNames([...names].sort()));
  }
}

// Only requests that repeat their whole list are compared by bytes, and those are encoded by the client.
const NOT_ENCODED = Buffer.alloc(0);

function bounded(names: Set<string>): Set<string> {
  if (names.size > MOST_NAMES) throw new TooManyNames(names.size);
  return names;
}

function costOf({ encoded }: NameSet): number {
  return encoded.length + LIST_BYTES;
}
