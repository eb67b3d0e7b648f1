import * as fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { normalisedPath } from '../ir/requestPath.ts';
import {
  expressionNeverMet,
  headerNeverMet,
  hostEndNeverMet,
  hostNeverMet,
  methodNeverMet,
  pathNeverMet,
  prefixNeverMet,
} from './neverMet.ts';

/** Pieces of which a client may make a path that Envoy changes before routes see it. */
const PIECES = [
  '/',
  '.',
  '..',
  '%2e',
  '%2E',
  '%',
  '4',
  '%34',
  '%41',
  '%20',
  '%2F',
  '%00',
  '\\',
  ';',
  ';x',
  'a',
  'B',
  '|',
  '"',
  '~',
  '%7e',
  '*',
];
const sent = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

describe('a condition that no request meets', () => {
  it.each([
    ...['a', 'a/b', '^a', 'chapter', '/a?b', '/a#b', '9', '/a b', '/ü', '/日本', '/a\u007f'],
    ...['/a//b', '/a//', '/a/../b', '/a/./b', '/%61', '/%7E', '/%00', '/a|b', '/a\\b', '/"', '/%%34'],
  ])('is the path or prefix %s', (path) => {
    expect(pathNeverMet(path)).toBeDefined();
    expect(prefixNeverMet(path)).toBeDefined();
  });

  it.each(['/a/..', '/a/.'])('is the path %s, which may be how one begins', (path) => {
    expect(pathNeverMet(path)).toBeDefined();
    expect(prefixNeverMet(path)).toBeUndefined();
  });

  it.each(['/', '/a', '//', '/%C3%BC', '/a%20b', '/a%2Fb', '/a/...', '/%', '/%zz', '/a/..;/b', "/!$&'()*+,:;=@[]~"])(
    'is not the path or prefix %s',
    (path) => {
      expect(pathNeverMet(path)).toBeUndefined();
      expect(prefixNeverMet(path)).toBeUndefined();
    },
  );

  it('is not the path *', () => expect(pathNeverMet('*')).toBeUndefined());

  it('says how a path is written that some have', () => {
    expect(prefixNeverMet('/a/../b//%63')).toMatchObject({ fix: 'write "/b/c"' });
  });

  it('is no path that Envoy makes of any other, and not how one begins', () => {
    fc.assert(
      fc.property(sent, (path) => {
        const seen = normalisedPath(path);
        if (seen === undefined) return;
        expect(pathNeverMet(seen), seen).toBeUndefined();
        for (let end = 1; end <= seen.length; end++) expect(prefixNeverMet(seen.slice(0, end)), seen.slice(0, end)).toBeUndefined();
      }),
      { numRuns: 2_000 * inject('effort') },
    );
  });

  it('is the method CONNECT alone', () => {
    expect(methodNeverMet('CONNECT')).toBeDefined();
    expect(methodNeverMet('OPTIONS')).toBeUndefined();
  });

  it.each(['X Y', 'x:y', ':', '(x)', 'é', ':status', 'a/b'])('is the header %s', (name) => expect(headerNeverMet(name)).toBeDefined());

  it.each(['x-a', 'X_B', ':path', ':Authority', 'host', "!#$%&'*+-.^_`|~1"])('is not the header %s', (name) => {
    expect(headerNeverMet(name)).toBeUndefined();
  });

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
    'é.example',
    '日本.example',
  ])('is the host %s', (host) => expect(hostNeverMet(host)).toBeDefined());

  it.each(['a', 'a.b', 'a:80', 'a:65535', '[::1]', '[::1]:8080', '10.0.0.1', '10.0.0.1:80', 'self_redirect', '50%'])(
    'is not the host %s',
    (host) => expect(hostNeverMet(host)).toBeUndefined(),
  );

  it.each([':1', ':80', '::1', ':db8::5', 'a:', '/b', '.日本'])('is the end of a host %s', (end) =>
    expect(hostEndNeverMet(end)).toBeDefined(),
  );

  it.each(['.a', 'a', '.a:80', '::1]', ':1]', ':1]:8080', '1]', ']', '[::1]'])('is not the end of a host %s', (end) => {
    expect(hostEndNeverMet(end)).toBeUndefined();
  });
});
