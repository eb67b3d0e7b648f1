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

// Proxies of one mesh ask for few different lists. Past this many the oldest is forgotten, which costs sharing, nothing else.
const KEPT_LISTS = 4096;

/** Where equal name lists become one object. */
export class NameSets {
  readonly #known = new Map<string, NameSet>();
  /** The subscription to nothing. */
  readonly none = this.ofEncoded(Buffer.alloc(0));

  /** @throws Malformed */
  ofEncoded(encoded: Buffer): NameSet {
    const key = encoded.toString('latin1');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // A copy: the request's own buffer may be a piece of a much larger one.
    const names = new Set(decodeNames(encoded));
    const made: NameSet = { names, encoded: Buffer.from(encoded), wildcard: names.has(WILDCARD) };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KEPT_LISTS && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, made);
    return made;
  }

  /** One object for a set of names, in whatever order they came. */
  of(names: Iterable<string>): NameSet {
    return this.ofEncoded(encodeNames([...new Set(names)].sort()));
  }
}
