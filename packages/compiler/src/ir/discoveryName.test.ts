import { isIP } from 'node:net';
import { describe, expect, it, test } from 'vitest';
import { isIpAddress, leadsToItself, nameProblem } from './discoveryName.ts';

const LONG_LABEL = 'a'.repeat(64);
const LONG_NAME = `${`${'a'.repeat(49)}.`.repeat(5)}abcd`;

test.each([
  '127.0.0.1',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '01.2.3.4',
  '::',
  '::1',
  '1::2::3',
  '::ffff:127.0.0.1',
  '::ffff:256.0.0.1',
  'fe80::1%eth0',
  'fe80::1%',
  '[::1]',
  '2001:db8:0:0:0:0:0:1',
  '1:2:3:4:5:6:7:8:9',
  'a:b',
  'host',
  ':',
  '',
])('"%s" is an address to us when it is one to Node', (text) => {
  expect(isIpAddress(text)).toBe(isIP(text) !== 0);
});

describe('a discovery name', () => {
  it.each(['a', 'a.local', 'a.local.', '_srv._tcp.a', 'under_score.local', '10.0.0.5', '::1', 'xn--bcher-kva.example', '123', 'a.b2'])(
    '%s can be looked up',
    (name) => expect(nameProblem(name)).toBeUndefined(),
  );

  it.each([
    ['host:80', 'port'],
    ['host:', 'port'],
    ['a..b', 'empty label'],
    ['.a', 'empty label'],
    ['a..', 'empty label'],
    ['.', 'empty label'],
    ['unix:///tmp/socket', 'URL'],
    ['http://a.local', 'URL'],
    ['[::1]', 'IPv6'],
    ['[::1]:80', 'IPv6'],
    ['1::2::3', 'IPv6'],
    ['a b', 'characters'],
    ['*.local', 'characters'],
    ['bücher.example', 'characters'],
    ['a\0b', 'characters'],
    ['300.1.1.1', 'number'],
    ['127.1', 'number'],
    ['127.000.000.001', 'number'],
    [`${LONG_LABEL}.local`, '63'],
    [LONG_NAME, '253'],
  ])('%j cannot', (name, why) => expect(nameProblem(name)).toContain(why));

  it('may have 253 characters and labels of 63, and a dot behind them', () => {
    expect(LONG_NAME).toHaveLength(254);
    expect(nameProblem(`${LONG_NAME.slice(1)}.`)).toBeUndefined();
    expect(nameProblem(LONG_LABEL.slice(1))).toBeUndefined();
  });

  it.each([
    '127.0.0.1',
    '127.8.9.10',
    '0.0.0.0',
    '127.0.0.1.',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::',
    '::1%lo',
    '::ffff:127.0.0.1',
    '::FFFF:7f00:0001',
    '::ffff:0.0.0.0',
    'localhost',
    'LocalHost.',
    'a.localhost',
  ])('%s leads to whoever uses it', (name) => expect(leadsToItself(name)).toBe(true));

  it.each(['128.0.0.1', '10.0.0.127', '::2', '::ffff:10.0.0.1', 'fe80::1', 'localhost.example', 'notlocalhost', 'a.local', '300.1.1.1'])(
    '%s does not, as far as can be told without DNS',
    (name) => expect(leadsToItself(name)).toBe(false),
  );
});
