import { MeshError, shown } from '@meshwright/model';

/** A JSON object as `readStrictJson` returns it. */
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

/** Any JSON value as `readStrictJson` returns it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** Most levels of objects and lists inside one another; the deepest App Mesh spec needs about a dozen. */
const MAX_JSON_DEPTH = 64;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WHITESPACE = /[ \t\n\r]*/y;
const LITERALS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/**
 * Reads JSON like `JSON.parse`, but refuses what that hides: a member given twice (two readers would see two requests), nesting
 * past 64 levels, a `__proto__` member, halves of surrogate pairs, numbers that become infinite. `-0` is read as 0.
 * @throws MeshError `BadRequest` naming the place and the rule.
 */
export function readStrictJson(text: string): JsonValue {
  return new StrictJsonReader(text).read();
}

class StrictJsonReader {
  readonly #text: string;
  #at = 0;
  /** Members and indexes that lead to the value being read. */
  readonly #path: (string | number)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonValue {
    const value = this.#value();
    this.#skipWhitespace();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
    return value;
  }

  #value(): JsonValue {
    this.#skipWhitespace();
    const first = this.#text[this.#at];
    if (first === '{') return this.#nested(() => this.#object());
    if (first === '[') return this.#nested(() => this.#list());
    if (first === '"') return this.#string();
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #nested<T>(read: () => T): T {
    if (this.#path.length >= MAX_JSON_DEPTH) {
      throw refused(`it is nested more than ${MAX_JSON_DEPTH} levels deep. Send fewer levels; no App Mesh body needs as many`);
    }
    this.#at += 1;
    return read();
  }

  #object(): JsonObject {
    const object: { [member: string]: JsonValue } = {};
    if (this.#take('}')) return object;
    do {
      const member = this.#memberName(object);
      if (!this.#take(':')) throw this.#unexpected(`":" after ${shown(member)}`);
      this.#path.push(member);
      object[member] = this.#value();
      this.#path.pop();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#unexpected('"," or "}"');
    return object;
  }

  #memberName(object: JsonObject): string {
    this.#skipWhitespace();
    if (this.#text[this.#at] !== '"') throw this.#unexpected('a member name in double quotes');
    const name = this.#string();
    // Assigning it would set the object's prototype instead of a member.
    if (name === '__proto__') throw refused(`${this.#place()} has a member named "__proto__", which is reserved. Leave it out`);
    if (Object.hasOwn(object, name)) {
      throw refused(`${this.#place()} has the member ${shown(name)} twice. Send each member once`);
    }
    return name;
  }

  #list(): readonly JsonValue[] {
    const list: JsonValue[] = [];
    if (this.#take(']')) return list;
    do {
      this.#path.push(list.length);
      list.push(this.#value());
      this.#path.pop();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#unexpected('"," or "]"');
    return list;
  }

  #string(): string {
    const start = this.#at;
    this.#at = this.#closingQuote(start) + 1;
    const written = this.#text.slice(start, this.#at);
    const value = written.includes('\\') ? this.#unescape(written, start) : written.slice(1, -1);
    if (!value.isWellFormed()) {
      throw refused(`${this.#place()} contains half of a surrogate pair, which is no character. Send whole characters`);
    }
    return value;
  }

  #closingQuote(start: number): number {
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) return at;
      if (code === 0x5c) at += 1;
      if (code < 0x20) {
        this.#at = at;
        throw this.#unexpected('no control character inside a string (write it as \\uXXXX)');
      }
    }
    this.#at = this.#text.length;
    throw this.#unexpected('a closing double quote');
  }

  #unescape(written: string, start: number): string {
    try {
      return JSON.parse(written);
    } catch (cause) {
      throw refused(
        `the string at ${this.#position(start)} has an escape that JSON does not know. Write one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX`,
        cause,
      );
    }
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const written = NUMBER.exec(this.#text)?.[0];
    if (written === undefined) throw this.#unexpected('a value');
    const value = Number(written);
    if (!Number.isFinite(value)) throw refused(`${this.#place()} is ${written.slice(0, 40)}, a number out of range. Send a smaller one`);
    this.#at += written.length;
    return value === 0 ? 0 : value;
  }

  #take(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipWhitespace(): void {
    WHITESPACE.lastIndex = this.#at;
    this.#at += WHITESPACE.exec(this.#text)?.[0].length ?? 0;
  }

  /** Where the reader is, as a person would say it: `spec.listeners[0]`. */
  #place(): string {
    if (this.#path.length === 0) return 'the body';
    return this.#path.reduce<string>((place, step) => {
      if (typeof step === 'number') return `${place}[${step}]`;
      // A name nobody knows may be anything, and as long as the body.
      const member = /^\w{1,60}$/.test(step) ? step : shown(step);
      return place === '' ? member : `${place}.${member}`;
    }, '');
  }

  #position(at: number): string {
    const before = this.#text.slice(0, at).split('\n');
    return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  }

  #unexpected(expected: string): MeshError {
    const found = this.#text[this.#at];
    const what = found === undefined ? 'the end of the body' : shown(found);
    return refused(`${what} at ${this.#position(this.#at)} where ${expected} was expected. Correct the JSON`);
  }
}

function refused(problem: string, cause?: unknown): MeshError {
  return new MeshError('BadRequest', `The request body cannot be read as JSON: ${problem}.`, { cause });
}
