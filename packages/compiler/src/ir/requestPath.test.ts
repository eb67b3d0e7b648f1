import { expect, test } from 'vitest';
import { normalisedPath } from './requestPath.ts';

// Each row was sent to Envoy 1.40 with the listeners' settings, and is what the application behind it got.
test.each([
  ['dots', '/a/./b', '/a/b'],
  ['two dots', '/a/../b', '/b'],
  ['two dots at the end', '/a/b/..', '/a/'],
  ['more of them than there is path', '/../..', '/'],
  ['escaped dots', '/a/%2e%2E/b', '/b'],
  ['half-escaped dots', '/a/.%2e/b', '/b'],
  ['three dots', '/a...b/.../c', '/a...b/.../c'],
  ['parameters of dots', '/a/..;x=1/b', '/b'],
  ['parameters of dots at the end', '/x/y/.;a', '/x/y/'],
  ['parameters of escaped dots', '/a/%2e%2e;/b', '/a/..;/b'],
  ['parameters of dots after a backslash', '/a\\..;/c/d', '/a/..;/c/d'],
  ['other parameters', '/a;b/...;/c', '/a;b/...;/c'],
  ['two slashes', '/a//b', '/a/b'],
  ['many slashes', '///a//', '/a/'],
  ['nothing between slashes', '//', '//'],
  ['slashes before dots', '/a//../b', '/a/b'],
  ['dots before slashes', '/a/..//..', '/'],
  ['escaped slashes', '/a%2F..%5cb', '/a%2F..%5cb'],
  ['backslashes', '/a\\b', '/a/b'],
  ['escaped letters and digits', '/%61%5F%7e%2D%30', '/a_~-0'],
  ['other escapes', '/a%20%7c%C3%a9', '/a%20%7c%C3%a9'],
  ['characters that are escaped', '/"<>^`{|}', '/%22%3C%3E%5E%60%7B%7C%7D'],
  ['characters that are not', "/!$&'()*+,:;=@[]", "/!$&'()*+,:;=@[]"],
  ['no escapes', '/%/%4/%zz', '/%/%4/%zz'],
  ['what would become an escape', '/%%34%31', '/%2541'],
  ['what would become an escape with what follows', '/%%32e/a', '/%252e/a'],
  ['what would become an escape with a digit between', '/%4%31', '/%2541'],
  ['what nearly would', '/%%34', '/%4'],
  ['a query', '/a/..?x=/../y//%41', '/?x=/../y//%41'],
])('%s: %s', (_, sent, matched) => {
  expect(normalisedPath(sent)).toBe(matched);
});

test('refuses an escaped zero, but not in the query', () => {
  expect(normalisedPath('/a%00')).toBeUndefined();
  expect(normalisedPath('/a?%00')).toBe('/a?%00');
});
