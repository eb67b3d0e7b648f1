import { expect, it } from 'vitest';
import { parseTags } from './tag.ts';

it('keeps tags in their order', () => {
  const tags = ['b', 'a', '__proto__'].map((key) => ({ key, value: 'v' }));
  expect(parseTags(tags)).toEqual(tags);
});

it('has no tags when none are sent', () => {
  expect([parseTags(undefined), parseTags(null), parseTags([])]).toEqual([[], [], []]);
});

it('refuses a key that occurs twice', () => {
  const tag = { key: 'k', value: 'v' };
  expect(() => parseTags([tag, tag])).toThrow('tags[1].key is "k" but must occur once');
});
