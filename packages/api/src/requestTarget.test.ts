import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequestTarget } from './requestTarget.ts';

describe('parseRequestTarget', () => {
  it('decodes each segment once, so that an encoded slash is data', () => {
    expect(parseRequestTarget('/v20190125/meshes/a%2Fb%20c.local/x%252Fy').segments).toEqual([
      'v20190125',
      'meshes',
      'a/b c.local',
      'x%2Fy',
    ]);
  });

  it('gives back every name that was encoded into a segment and every value of the query', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, text, (name, value) => {
        fc.pre(name !== '.' && name !== '..' && !/[\0\\]/.test(name));
        const { segments, query } = parseRequestTarget(`/meshes/${encodeURIComponent(name)}?q=${encodeURIComponent(value)}&empty`);
        expect(segments).toEqual(['meshes', name]);
        expect([...query]).toEqual([
          ['q', value],
          ['empty', ''],
        ]);
      }),
    );
  });

  it('reads the absolute form and the root', () => {
    expect(parseRequestTarget('http://proxy:80/a?b=c')).toEqual({ segments: ['a'], query: new Map([['b', 'c']]) });
    expect(parseRequestTarget('/').segments).toEqual([]);
  });

  it('leaves + in the query as it is', () => {
    expect(parseRequestTarget('/a?b=c+d').query.get('b')).toBe('c+d');
  });

  it.each([
    ['a dot segment', '/meshes/m/../n', '".."'],
    ['an encoded dot segment', '/meshes/%2e%2E/n', '".."'],
    ['a single dot', '/meshes/./n', '"."'],
    ['an empty segment', '//meshes', 'empty'],
    ['a trailing slash', '/meshes/', 'Segment 2 of the path "/meshes/" is empty'],
    ['an encoded NUL', '/meshes/a%00', 'NUL'],
    ['an encoded backslash', '/meshes/a%5Cb', 'backslash'],
    ['a broken escape', '/meshes/a%2', 'not percent-encoded UTF-8'],
    ['bytes that are no UTF-8', '/meshes/%ff', 'not percent-encoded UTF-8'],
    ['half of a surrogate pair', '/meshes/%ED%A0%80', 'not percent-encoded UTF-8'],
    ['a raw space', '/meshes/a b', 'has " " as its character 10; '],
    ['a fragment', '/meshes#a', 'has "#" as its character 8; '],
    ['a raw character beyond ASCII', '/meshes/\u{1f600}', 'has "\u{1f600}" as its character 9; '],
    ['half a surrogate pair, raw', '/\ud800', 'as its character 2; '],
    ['a query key given twice', '/meshes?limit=1&limit=2', '"limit" is given more than once'],
    ['a query key given twice, once encoded', '/meshes?limit=1&%6Cimit=2', '"limit" is given more than once'],
    ['65 query parameters', `/meshes?${Array.from({ length: 65 }, (_, i) => `p${i}`).join('&')}`, 'has 65 parameters'],
    ['a path that is not absolute', 'meshes', 'does not begin with "/"'],
    ['an asterisk', '*', 'does not begin with "/"'],
  ])('refuses %s', (_what, target, message) => {
    expect(() => parseRequestTarget(target)).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(message) }),
    );
  });
});
