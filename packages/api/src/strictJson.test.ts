import { MeshError } from '@meshwright/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStrictJson } from './strictJson.ts';

// fast-check's own units of all Unicode take a second to build; these are what JSON treats differently.
const character = fc.constantFrom('a', '"', '\\', '/', '\n', '\u0001', '\u007f', 'é', '\u2028', '😀', '_', '{');
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('readStrictJson', () => {
  it.each([
    ['in a member twice', (name: string) => `{"${name}":1,"${name}":2}`],
    ['on the way to a fault', (name: string) => `{"${name}":{"a":1,"a":2}}`],
    ['before a missing colon', (name: string) => `{"${name}" 1}`],
  ])('tells of a name only what can stand in one line: %s', (_what, text) => {
    const told = (name: string): string => {
      try {
        return String(readStrictJson(text(name)));
      } catch (error) {
        return String(error);
      }
    };
    expect(told('\u007f\u2028\u202e')).toContain('\\u{7f}\\u{2028}\\u{202e}');
    expect(told('x'.repeat(100_000)).length).toBeLessThan(300);
  });

  it('reads what JSON.parse reads, apart from -0 and what it refuses', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4, stringUnit: character }), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        // JSON.stringify writes -0 as 0 and no member twice.
        const written = JSON.stringify(JSON.parse(text), null, space);
        fc.pre(!written.includes('__proto__'));
        expect(readStrictJson(written)).toEqual(JSON.parse(written));
      }),
    );
  });

  it('accepts and refuses any text as JSON.parse does, or names one of its own rules', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"\\n"',
      '"\\ud800"',
      '1',
      '-',
      '-0',
      '1e999',
      '01',
      'true',
      'nul',
      ' ',
      '"',
      '\\',
      '\u0001',
      'é',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const text = tokens.join('');
        const [strict, lax] = [attempt(() => readStrictJson(text)), attempt(() => JSON.parse(text))];
        if (strict.error === undefined) expect(JSON.stringify(strict.value)).toBe(JSON.stringify(lax.value));
        else if (lax.error === undefined) expect(strict.error.message).toMatch(/twice|surrogate|out of range/);
        else expect(strict.error).toBeInstanceOf(MeshError);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [
      'a member given twice',
      '{"spec":{"listeners":[{"port":1,"port":2}]}}',
      'spec.listeners[0] has the member "port" twice. Send each member once.',
    ],
    ['a member given twice in two spellings', '{"port":1,"p\\u006frt":2}', 'the body has the member "port" twice'],
    ['a __proto__ member', '{"spec":{"__proto__":{"a":1}}}', 'spec has a member named "__proto__"'],
    ['an escaped __proto__ member', '{"\\u005f_proto__":1}', 'the body has a member named "__proto__"'],
    ['65 levels', nested(65), 'nested more than 64 levels deep'],
    ['100,000 levels', nested(100_000), 'nested more than 64 levels deep'],
    ['an escaped lone surrogate', '{"a":["\\ud83d"]}', 'a[0] contains half of a surrogate pair'],
    ['a lone surrogate in a name', '{"\\ud83d":1}', 'half of a surrogate pair'],
    ['an infinite number', '{"weight":1e400}', 'weight is 1e400, a number out of range'],
    ['an unclosed object', '{"a":1', 'the end of the body at line 1, column 7 where "," or "}" was expected'],
    ['a trailing comma', '{\n  "a": 1,\n}', '"}" at line 3, column 1 where a member name in double quotes was expected'],
    ['something behind the value', '{} {}', '"{" at line 1, column 4 where the end was expected'],
    ['an unknown escape', '"\\x41"', 'the string at line 1, column 1 has an escape that JSON does not know'],
    ['a raw line break in a string', '"a\nb"', '"\\n" at line 1, column 3'],
    ['an unclosed string', '"abc\\"', 'a closing double quote was expected'],
    ['nothing', '', 'the end of the body at line 1, column 1 where a value was expected'],
  ])('refuses %s', (_what, text, message) => {
    const { error } = attempt(() => readStrictJson(text));
    expect(error).toMatchObject({ code: 'BadRequest' });
    expect(error?.message).toContain(message);
  });

  it('reads 64 levels, whole pairs of surrogates and -0 as 0', () => {
    expect(JSON.stringify(readStrictJson(nested(64)))).toBe(nested(64));
    expect(readStrictJson('["\\ud83d\\ude00", -0, "\\"\\\\\\/"]')).toEqual(['😀', 0, '"\\/']);
  });

  it('keeps members named after what objects inherit', () => {
    expect(readStrictJson('{"constructor":1,"toString":2}')).toEqual({ constructor: 1, toString: 2 });
  });
});

function attempt(read: () => unknown): { readonly value?: unknown; readonly error?: Error } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof Error) return { error };
    throw error;
  }
}
