import { describe, expect, it } from 'vitest';
import { expressionNeverMet, hostEndNeverMet, hostNeverMet, pathNeverMet } from './neverMet.ts';

describe('a condition that no request meets', () => {
  it.each(['a', 'a/b', '^a', 'chapter', '/a?b', '/a#b', '9'])('is the path %s', (path) => {
    expect(pathNeverMet(path)).toBeDefined();
  });

  it.each(['/', '/a', '//', '/ü', '*'])('is not the path %s', (path) => expect(pathNeverMet(path)).toBeUndefined());

  it.each(['a', 'a+', 'chapter/.*', '^a', '9[0-9]', 'ab?', 'a.'])('is the expression %s', (regex) => {
    expect(expressionNeverMet(regex)).toBeDefined();
    // It takes the whole path, and every path begins with a slash.
    expect(new RegExp(`^(?:${regex})$`).test(`/${'a'.repeat(3)}`)).toBe(false);
  });

  it.each([
    '/a',
    '.*',
    'a*/b',
    'a?/b',
    'a{0,1}/b',
    '^a?/b',
    'a|/b',
    '(a|/)b',
    '[a/]b',
    '\\/a',
    '(?i)/a',
    '(?:a)?/b',
    '\\Q/a\\E',
    '^/a',
    '',
  ])('is not the expression %s, as far as its first characters tell', (regex) => expect(expressionNeverMet(regex)).toBeUndefined());

  it.each([
    '::1',
    '::',
    '2001:db8::5',
    'a:',
    'a:b',
    'a:80:90',
    ':80',
    'a:65536',
    'a/b',
    'http://a',
    'a?b',
    'u@a',
    '[::1',
    '::1]',
    '[a]',
    '[::1]:',
  ])('is the host %s', (host) => expect(hostNeverMet(host)).toBeDefined());

  it.each(['a', 'a.b', 'a:80', 'a:65535', '[::1]', '[::1]:8080', '10.0.0.1', '10.0.0.1:80', 'self_redirect', 'é.example', '50%'])(
    'is not the host %s',
    (host) => expect(hostNeverMet(host)).toBeUndefined(),
  );

  it.each([':1', ':80', '::1', ':db8::5', 'a:', '/b'])('is the end of a host %s', (end) => expect(hostEndNeverMet(end)).toBeDefined());

  it.each(['.a', 'a', '.a:80', '::1]', ':1]', ':1]:8080', '1]', ']', '[::1]'])('is not the end of a host %s', (end) => {
    expect(hostEndNeverMet(end)).toBeUndefined();
  });
});
