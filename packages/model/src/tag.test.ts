import { describe, expect, it } from 'vitest';
import { mergeTags, parseTagKeys, parseTags, type Tag, withoutTags } from './tag.ts';
import { refTo } from './testing/sampleResources.ts';

const tagsOf = (count: number): readonly Tag[] => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: '' }));

describe('tags of a request', () => {
  it('keep their order', () => {
    const tags = ['b', 'a', '__proto__'].map((key) => ({ key, value: 'v' }));
    expect(parseTags(tags)).toEqual(tags);
    expect(parseTagKeys(['b', 'a', 'b'])).toEqual(['b', 'a', 'b']);
  });

  it('are none when none are sent', () => {
    expect([parseTags(undefined), parseTags(null), parseTags([]), parseTagKeys(undefined)]).toEqual([[], [], [], []]);
  });

  it('have each key once', () => {
    const tag = { key: 'k', value: 'v' };
    expect(() => parseTags([tag, tag])).toThrow('tags[1].key is "k" but must occur once');
  });

  it('are at most 50', () => {
    expect(parseTags(tagsOf(50))).toHaveLength(50);
    const message = 'The request has 51 tags, but a resource has at most 50: remove some.';
    expect(() => parseTags(tagsOf(51))).toThrow(expect.objectContaining({ code: 'TooManyTags', message }));
    expect(() => parseTagKeys(Array(51).fill('k'))).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });
});

describe('tags of a resource', () => {
  const ref = refTo('mesh', 'apps');

  it('take a new value in their place, and others after them', () => {
    const tags = [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ];
    const added = [
      { key: 'c', value: '3' },
      { key: 'a', value: '4' },
    ];
    const merged = [
      { key: 'a', value: '4' },
      { key: 'b', value: '2' },
      { key: 'c', value: '3' },
    ];
    expect(mergeTags({ ref, tags }, added)).toEqual(merged);
    expect(withoutTags(merged, ['b', 'x'])).toEqual([merged[0], merged[2]]);
  });

  it('are at most 50, known keys not counted twice', () => {
    expect(mergeTags({ ref, tags: tagsOf(50) }, tagsOf(50))).toHaveLength(50);
    const tooMany = (): unknown => mergeTags({ ref, tags: tagsOf(50) }, [{ key: 'new', value: '' }]);
    const message = 'The resource has 50 tags and would have 51, but a resource has at most 50: remove some.';
    expect(tooMany).toThrow(expect.objectContaining({ code: 'TooManyTags', message, ref }));
  });
});
