import { shapeOf } from '@meshwright/model/testing';
import { bodyMutations } from './bodyMutations.ts';
import { type Json, jsonOf, type Place, placesIn, raw } from './json.ts';
import type { Random } from './random.ts';
import type { Draft, Mutation } from './requests.ts';

/** Spoils a request in so many ways, and notes which. */
export function mutate(random: Random, draft: Draft, times: number): void {
  for (let left = times, tries = 0; left > 0 && tries < 50; tries += 1) {
    // Half of them in the body: most of what can be wrong is there.
    const [name, mutation] = random.pick(random.chance(0.5) ? IN_BODY : ELSEWHERE);
    if (!mutation(random, draft)) continue;
    draft.done.push(name);
    left -= 1;
  }
}

const OTHER_TYPES: readonly unknown[] = [null, true, 0, 1.5, '', 'text', [], [null], {}, { a: {} }];
const NUMBERS = [
  '9223372036854775808',
  '18446744073709551616',
  '1e400',
  '-1e400',
  '-0',
  '1e-400',
  '0.1',
  '2147483648',
  '9007199254740993',
  '01',
  '+1',
  'NaN',
  '0x10',
  '1_000',
  '-',
];
const STRINGS = [
  '"\\ud800"',
  '"\\udc00x"',
  '"\\u0000"',
  '"a\\r\\nb"',
  '"\\u2028"',
  '"\\u202e"',
  '"e\\u0301"',
  '"\\ufeff"',
  '"__proto__"',
  '"constructor"',
  '"."',
  '".."',
  '"a\\\\b"',
  '"%2e%2e"',
  '"',
  '"\\x41"',
  '"\\u12"',
  '"(((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+"',
  '"(a{1000}){1000}"',
  '"%"',
  '"%NOPE%"',
  '"*"',
  "'single'",
];
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', '0', 'unknownMember', 'spec', '\ud800'];
const SEGMENTS = [
  '',
  '.',
  '..',
  '%2e',
  '%2E%2e',
  '%00',
  '%5C',
  'a%5Cb',
  '%',
  '%2',
  '%zz',
  '%ff',
  '%ED%A0%80',
  '%25',
  '%2F',
  '*',
  ':meshName',
  '{meshName}',
  '__proto__',
  'constructor',
  'a'.repeat(256),
  '%F0%9F%98%80'.repeat(255),
  'APPS',
  'apps;a=b',
  'apps@',
  '%0d%0a',
  '%7f',
  'v20190125',
  'v1',
];
const METHODS = ['GET', 'PUT', 'DELETE', 'POST', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND', 'QUERY'];
const ARNS = [
  '',
  'arn',
  'arn:aws:appmesh:us-east-1:123456789012:',
  'arn:aws:appmesh:us-east-1:123456789012:mesh/',
  'arn:aws:appmesh:us-east-1:210987654321:mesh/apps',
  'arn:aws:appmesh:eu-west-1:123456789012:mesh/apps',
  'arn:aws-cn:appmesh:us-east-1:123456789012:mesh/apps',
  'arn:aws:s3:::apps',
  'arn:aws:appmesh:us-east-1:123456789012:mesh/apps/',
  `arn:aws:appmesh:us-east-1:123456789012:mesh${'/virtualNode/route'.repeat(100)}`,
  'arn:aws:appmesh:us-east-1:123456789012:mesh/apps/virtualNode/..',
  'arn:aws:appmesh:us-east-1:123456789012:mesh/gone',
];
const QUERY: readonly (readonly [string, string])[] = [
  ['limit', '0'],
  ['limit', '101'],
  ['limit', '-1'],
  ['limit', '1e1'],
  ['limit', '%31'],
  ['limit', ''],
  ['limit', '9'.repeat(400)],
  ['nextToken', ''],
  ['nextToken', 'x'],
  ['nextToken', 'A'.repeat(2000)],
  ['nextToken', '%00'],
  ['meshOwner', '210987654321'],
  ['meshOwner', '12345678901'],
  ['meshOwner', ''],
  ['meshOwner', '%EF%BC%91'.repeat(12)],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['%', 'x'],
  ['a', '%ff'],
  ['', ''],
  ['unknown', 'x'],
];
const HEADERS: readonly (readonly [string, string])[] = [
  ['content-encoding', 'gzip'],
  ['content-encoding', 'identity'],
  ['content-type', 'text/xml'],
  ['content-type', 'multipart/form-data; boundary=x'],
  ['transfer-encoding', 'gzip, chunked'],
  ['x-padding', 'x'.repeat(17_000)],
  ['x-padding', 'x'.repeat(12_000)],
  ['x-http-method-override', 'DELETE'],
  ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
  ['authorization', 'AWS4-HMAC-SHA256 '.repeat(50)],
  ['x-forwarded-prefix', '/../'],
  ['x-original-url', '/v20190125/meshes/other'],
  ['__proto__', 'x'],
  ['if-none-match', '*'],
  ['range', 'bytes=0-1'],
  ['accept', 'text/html'],
];

/** A place in the body, the deeper ones as likely as others. */
function placeIn(random: Random, { body, operation }: Draft): Place | undefined {
  const places = body === undefined ? [] : placesIn(body, operation.input.shape);
  return places.length === 0 ? undefined : random.pick(places);
}

function inBody(change: (random: Random, place: Place) => Json | undefined): Mutation {
  return (random, draft) => {
    const place = placeIn(random, draft);
    const json = place && change(random, place);
    if (place === undefined || json === undefined) return false;
    place.set(json);
    return true;
  };
}

function objectIn(random: Random, draft: Draft): Json | undefined {
  const { body, operation } = draft;
  if (body === undefined) return undefined;
  const objects = [body, ...placesIn(body, operation.input.shape).map(({ value }) => value)].filter(({ kind }) => kind === 'object');
  return objects.length === 0 ? undefined : random.pick(objects);
}

/** What lies just outside a shape's limits. */
function beyond(random: Random, name: string): Json | undefined {
  const { type, min, max, enum: values } = shapeOf(name);
  if (values !== undefined)
    return jsonOf(
      random.pick(['another', '', values[0]?.toLowerCase() === values[0] ? values[0]?.toUpperCase() : values[0]?.toLowerCase()]),
    );
  const [low, high] = [(min ?? 0) - 1, (max ?? 2 ** 53) + 1];
  if (type === 'integer' || type === 'long') return jsonOf(random.pick([low, high]));
  if (type === 'string') return jsonOf('a'.repeat(random.pick([Math.max(low, 0), Math.min(high, 3000)])));
  return undefined;
}

const IN_BODY: readonly (readonly [string, Mutation])[] = [
  ['another type', inBody((random) => jsonOf(random.pick(OTHER_TYPES)))],
  ['null', inBody(() => jsonOf(null))],
  ['beyond its limit', inBody((random, { shape }) => (shape === undefined ? undefined : beyond(random, shape)))],
  [
    'a trick number',
    inBody((random, { value }) => (value.kind === 'text' && /^[\d-]/.test(value.text) ? raw(random.pick(NUMBERS)) : undefined)),
  ],
  [
    'a trick string',
    inBody((random, { value }) => (value.kind === 'text' && value.text.startsWith('"') ? raw(random.pick(STRINGS)) : undefined)),
  ],
  [
    'a long list',
    inBody((random, { value }) =>
      value.kind === 'list' && value.items[0]
        ? { kind: 'list', items: Array(random.pick([11, 51, 101, 5000])).fill(value.items[0]) }
        : undefined,
    ),
  ],
  ['an empty list', inBody((_random, { value }) => (value.kind === 'list' ? { kind: 'list', items: [] } : undefined))],
  [
    'nested deeply',
    inBody((random) => {
      const depth = random.pick([60, 70, 5000]);
      return raw('['.repeat(depth) + ']'.repeat(depth));
    }),
  ],
  [
    'a member left out',
    (random, draft) => {
      const object = objectIn(random, draft);
      if (object?.kind !== 'object' || object.members.length === 0) return false;
      object.members.splice(random.integer(0, object.members.length - 1), 1);
      return true;
    },
  ],
  [
    'a member more',
    (random, draft) => {
      const object = objectIn(random, draft);
      if (object?.kind !== 'object') return false;
      object.members.push([random.pick(KEYS), jsonOf(random.pick(OTHER_TYPES))]);
      return true;
    },
  ],
  [
    'a member twice',
    (random, draft) => {
      const object = objectIn(random, draft);
      if (object?.kind !== 'object' || object.members.length === 0) return false;
      const [name, value] = random.pick(object.members);
      object.members.push([name, random.chance(0.5) ? value : jsonOf(null)]);
      return true;
    },
  ],
  [
    '51 tags',
    (random, { body, operation }) => {
      if (body?.kind !== 'object' || !Object.hasOwn(shapeOf(operation.input.shape).members ?? {}, 'tags')) return false;
      const index = body.members.findIndex(([name]) => name === 'tags');
      if (index >= 0) body.members.splice(index, 1);
      body.members.push([
        'tags',
        jsonOf(Array.from({ length: random.pick([50, 51]) }, (_, index) => ({ key: `many${index}`, value: '' }))),
      ]);
      return true;
    },
  ],
];

/** What can happen to a request beside the values in its body. */
const ELSEWHERE: readonly (readonly [string, Mutation])[] = [
  ...bodyMutations,
  [
    'another segment',
    (random, { segments }) => {
      segments[random.integer(0, segments.length - 1)] = random.pick(SEGMENTS);
      return true;
    },
  ],
  [
    'a segment more',
    (random, { segments }) => {
      segments.splice(random.integer(0, segments.length), 0, random.pick(SEGMENTS));
      return true;
    },
  ],
  [
    'a segment less',
    (random, { segments }) => {
      segments.splice(random.integer(0, segments.length - 1), 1);
      return true;
    },
  ],
  [
    'a base path',
    (random, { segments }) => {
      segments.unshift(...random.pick([['prod'], ['a', 'b%2Fc'], ['v20190125'], ['v1'], ['']]));
      return true;
    },
  ],
  [
    'another method',
    (random, draft) => {
      draft.method = random.pick(METHODS);
      return true;
    },
  ],
  [
    'a query parameter',
    (random, { query }) => {
      query.push([...random.pick(QUERY)]);
      return true;
    },
  ],
  [
    'a query parameter twice',
    (random, { query }) => {
      if (query.length === 0) return false;
      query.push([...random.pick(query)]);
      return true;
    },
  ],
  ['a query parameter less', (_random, { query }) => query.pop() !== undefined],
  [
    'many query parameters',
    (random, { query }) => {
      for (let i = random.pick([60, 65, 1000]); i > 0; i--) query.push([`p${i}`, '']);
      return true;
    },
  ],
  [
    'another ARN',
    (random, { query }) => {
      const parameter = query.find(([name]) => name === 'resourceArn');
      if (parameter === undefined) return false;
      parameter[1] = random.pick([encodeURIComponent(random.pick(ARNS)), random.pick(ARNS), `${parameter[1]}%00`]);
      return true;
    },
  ],
  [
    'a token that is changed',
    (random, { query }) => {
      const parameter = query.find(([name]) => name === 'nextToken');
      if (parameter === undefined) return false;
      parameter[1] = random.pick([parameter[1].slice(1), `${parameter[1]}A`, parameter[1].toUpperCase()]);
      return true;
    },
  ],
  [
    'a header',
    (random, { headers }) => {
      headers.push([...random.pick(HEADERS)]);
      return true;
    },
  ],
];
