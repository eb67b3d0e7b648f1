import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { type ApiServer, serveApi } from '@meshwright/local';
import { modelOperations } from '@meshwright/model/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { membersIn } from './apiModel.ts';
import { type RawAnswer, requestText, sendRaw } from './rawHttp.ts';
import { NAMES } from './validValues.ts';
import { createWorld, type World } from './world.ts';

const V = '/v20190125';
const MESHES = `${V}/meshes`;
const NODES = `${MESHES}/apps/virtualNodes`;
const ROUTE = `${MESHES}/apps/virtualRouter/split/routes/all`;
const TAG = `${V}/tag?resourceArn=${encodeURIComponent('arn:aws:appmesh:us-east-1:123456789012:mesh/apps')}`;
const CHUNKED = ['transfer-encoding: chunked'];

let world: World;
let server: ApiServer;
let untouched: string;

beforeAll(async () => {
  world = await createWorld();
  server = await serveApi(world.api, '127.0.0.1', 0);
  untouched = await world.fingerprint();
});

afterAll(() => server?.close());

type Piece = string | Buffer;

const send = async (...pieces: readonly Piece[]): Promise<RawAnswer | undefined> =>
  (await sendRaw(`http://127.0.0.1:${server.port}`, ...pieces)).at(-1);

/** Sends a request that must be refused, and looks at the answer and at the store. */
async function expectRefused(request: Piece | readonly Piece[], reason: string, type = 'BadRequestException'): Promise<void> {
  const answer = await send(...[request].flat());
  expect(answer?.headers.get('x-amzn-errortype'), answer?.body).toBe(type);
  expect(answer?.headers.get('x-amzn-requestid')).toMatch(/^request-/);
  const { message } = JSON.parse(answer?.body ?? '{}') as { message: string };
  expect(message).toContain(reason);
  expect(message).toMatch(/^\P{Cc}+\.$/u);
  expect(await world.fingerprint()).toBe(untouched);
}

const put = (target: string, body: string | Buffer, headers: readonly string[] = []): Buffer => {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(requestText('PUT', target, [`content-length: ${bytes.length}`, ...headers])), bytes]);
};
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const mesh = (more: string): string => `{"meshName":"new"${more}}`;
const node = (spec: string): string => `{"virtualNodeName":"new","spec":${spec}}`;
const routed = (route: string): string =>
  `{"spec":{"httpRoute":{"match":{"prefix":"/"},"action":{"weightedTargets":[{"virtualNode":"blue","weight":1}]}${route}}}}`;

describe('a body that is too large is refused while it is read', () => {
  const padding = ' '.repeat(300 * 1024);

  it.each<[string, Piece | readonly string[]]>([
    ['of a length that is told', put(MESHES, mesh('') + padding)],
    ['of a length that is only announced', requestText('PUT', MESHES, ['content-length: 262145'])],
    ['in one chunk', requestText('PUT', MESHES, CHUNKED) + chunk(mesh('') + padding) + chunk('')],
    ['in chunks without an end', [requestText('PUT', MESHES, CHUNKED), ...Array.from({ length: 300 }, () => chunk(' '.repeat(1024)))]],
  ])('%s', async (_what, request) => {
    await expectRefused(request, 'more than 262144 bytes (256 KiB)');
  });
});

describe('nesting and lists beyond measure are refused', () => {
  it.each([
    ['100,000 lists', '['.repeat(100_000), '64 levels'],
    ['50,000 objects', '{"a":'.repeat(50_000), '64 levels'],
    ['65 levels, closed, in a member nobody knows', mesh(`,"x":${'['.repeat(65)}${']'.repeat(65)}`), '64 levels'],
    ['100,000 tags', mesh(`,"tags":[${'0,'.repeat(100_000)}0]`), 'tags'],
  ])('%s', async (_what, body, reason) => {
    await expectRefused(put(MESHES, body), reason, reason === 'tags' ? 'TooManyTagsException' : undefined);
  });

  it.each([
    ['100,000 listeners', `{"listeners":[${'0,'.repeat(100_000)}0]}`, 'spec.listeners'],
    ['100,000 backends', `{"backends":[${'0,'.repeat(100_000)}0]}`, 'spec.backends'],
  ])('%s', async (_what, spec, reason) => {
    await expectRefused(put(NODES, node(spec)), reason);
  });
});

describe('what is no JSON is refused', () => {
  it.each([
    ['an end too early', '{"meshName":', 'end of the body'],
    ['an open string', '{"meshName":"new', 'closing double quote'],
    ['single quotes', "{'meshName':'new'}", 'member name in double quotes'],
    ['a bare name', '{meshName:"new"}', 'member name in double quotes'],
    ['a comma too many', '{"meshName":"new",}', 'member name in double quotes'],
    ['a comment', '{"meshName":"new"/**/}', '"/" at line 1, column 18'],
    ['two values', `${mesh('')}${mesh('')}`, 'where the end was expected'],
    ['an unknown escape', '{"meshName":"\\x41"}', 'escape that JSON does not know'],
    ['half an escape', '{"meshName":"\\u12"}', 'escape that JSON does not know'],
    ['a raw line break in a string', '{"meshName":"a\nb"}', 'control character'],
    ['a form', 'meshName=new', 'cannot be read as JSON'],
    ['XML', '<meshName>new</meshName>', 'cannot be read as JSON'],
    ['UTF-16', Buffer.from(mesh(''), 'utf16le'), 'cannot be read as JSON'],
    ['Latin-1', Buffer.from('{"meshName":"\xfc"}', 'latin1'), 'not UTF-8'],
    ['an overlong encoding', Buffer.concat([Buffer.from('{"meshName":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]), 'not UTF-8'],
    [
      'a surrogate in UTF-8',
      Buffer.concat([Buffer.from('{"meshName":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
      'not UTF-8',
    ],
    ['a list', `[${mesh('')}]`, 'not a JSON object'],
    ['a text', '"new"', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
  ])('%s', async (_what, body, reason) => {
    await expectRefused(put(MESHES, body), reason);
  });
});

describe('values of the wrong type are refused by field and value', () => {
  it.each([
    [MESHES, '{}', 'meshName is missing'],
    [MESHES, '{"meshName":null}', 'meshName is missing'],
    [MESHES, '{"meshName":7}', 'meshName is 7 but must be a string'],
    [MESHES, '{"meshName":["new"]}', 'meshName is ["new"] but must be a string'],
    [MESHES, mesh(',"spec":"ALLOW_ALL"'), 'spec is "ALLOW_ALL" but must be an object'],
    [MESHES, mesh(',"spec":{"egressFilter":{"type":true}}'), 'spec.egressFilter.type is true but must be one of ALLOW_ALL, DROP_ALL'],
    [MESHES, mesh(',"tags":{"a":"b"}'), 'tags is {"a":"b"} but must be a list'],
    [MESHES, mesh(',"clientToken":1'), 'clientToken is 1 but must be text'],
    [NODES, node('{"listeners":{"portMapping":{}}}'), 'spec.listeners is {"portMapping":{}} but must be a list'],
    [NODES, node('{"listeners":[null]}'), 'spec.listeners[0] is null but must be an object'],
    [NODES, node('{"listeners":[{"portMapping":{"port":"80","protocol":"http"}}]}'), 'spec.listeners[0].portMapping.port is "80"'],
    [ROUTE, '{"spec":{"httpRoute":[]}}', 'spec.httpRoute is [] but must be an object'],
    [TAG, '{"tags":[["k","v"]]}', 'tags[0] is ["k","v"] but must be an object'],
  ])('%s %s', async (target, body, reason) => {
    await expectRefused(put(target, body), reason);
  });
});

describe('keys that play tricks are refused, or are members like any other', () => {
  it.each([
    ['a member twice', mesh(',"meshName":"other"'), 'the body has the member "meshName" twice'],
    ['a member twice, once escaped', mesh(',"mesh\\u004eame":"other"'), 'the body has the member "meshName" twice'],
    ['a member twice, once null', mesh(',"spec":null,"spec":{}'), 'the body has the member "spec" twice'],
    [
      'a member twice deep inside',
      mesh(',"spec":{"egressFilter":{"type":"ALLOW_ALL","type":"DROP_ALL"}}'),
      'spec.egressFilter has the member "type" twice',
    ],
    ['__proto__', mesh(',"__proto__":{"polluted":true}'), '"__proto__"'],
    ['__proto__, escaped', mesh(',"\\u005f_proto__":{"polluted":true}'), '"__proto__"'],
    ['__proto__ deep inside', mesh(',"spec":{"__proto__":{"egressFilter":{"type":"ALLOW_ALL"}}}'), '"__proto__"'],
  ])('%s', async (_what, body, reason) => {
    await expectRefused(put(MESHES, body), reason);
  });

  it('constructor, prototype and toString are unknown members, which are dropped', async () => {
    const tricks = '"constructor":{"prototype":{"polluted":true}},"prototype":{},"toString":1,"hasOwnProperty":null,"":0';
    const answer = await send(put(MESHES, `{"meshName":"tricked",${tricks},"spec":{${tricks}}}`));
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ meshName: 'tricked', spec: {} });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
      const created = await send(put(MESHES, JSON.stringify({ meshName: name })));
      expect(created?.status).toBe(200);
      expect((await send(requestText('GET', `${MESHES}/${name}`)))?.body).toBe(created?.body);
      await send(requestText('DELETE', `${MESHES}/${name}`));
    }
    await send(requestText('DELETE', `${MESHES}/tricked`));
    untouched = await world.fingerprint();
  });
});

describe('text that is no text is refused', () => {
  it.each([
    ['half a surrogate pair', MESHES, '{"meshName":"\\ud800"}', 'half of a surrogate pair'],
    ['the other half', MESHES, '{"meshName":"a\\udc00b"}', 'half of a surrogate pair'],
    ['two halves the wrong way round', MESHES, '{"meshName":"\\udc00\\ud800"}', 'half of a surrogate pair'],
    ['half a pair in a key', MESHES, mesh(',"\\ud800":1'), 'half of a surrogate pair'],
    ['half a pair in a tag', TAG, '{"tags":[{"key":"\\udfff","value":""}]}', 'half of a surrogate pair'],
    ['a NUL', MESHES, '{"meshName":"a\\u0000b"}', 'meshName is "a\\u0000b"'],
    ['a line break in a name', MESHES, '{"meshName":"a\\nb"}', 'must not contain'],
    [
      'a line break in a header',
      ROUTE,
      routed('').replace('"prefix":"/"', '"prefix":"/","headers":[{"name":"a\\r\\nb"}]'),
      'CR, LF or NUL',
    ],
  ])('%s', async (_what, target, body, reason) => {
    await expectRefused(put(target, body), reason);
  });

  it('names that only look alike are different names', async () => {
    const composed = '\u00e9';
    const decomposed = 'e\u0301';
    for (const meshName of [composed, decomposed]) expect((await send(put(MESHES, JSON.stringify({ meshName }))))?.status).toBe(200);
    const listed = JSON.parse((await send(requestText('GET', MESHES)))?.body ?? '') as { meshes: { meshName: string }[] };
    expect(listed.meshes.map(({ meshName }) => meshName)).toEqual(expect.arrayContaining([composed, decomposed]));
    for (const meshName of [composed, decomposed]) await send(requestText('DELETE', `${MESHES}/${encodeURIComponent(meshName)}`));
    untouched = await world.fingerprint();
  });
});

describe('numbers that are none, or too large, are refused', () => {
  it.each([
    ['9223372036854775808', 'spec.priority is 9223372036854776000'],
    ['18446744073709551616', 'spec.priority is'],
    ['9007199254740993', 'spec.priority is'],
    ['1001', 'spec.priority is 1001 but must be a whole number from 0 to 1000'],
    ['-1', 'spec.priority is -1'],
    ['0.5', 'spec.priority is 0.5'],
    ['1e400', 'a number out of range'],
    ['-1e400', 'a number out of range'],
    [`1${'0'.repeat(100_000)}`, 'a number out of range'],
    ['01', 'cannot be read as JSON'],
    ['+1', 'cannot be read as JSON'],
    ['.5', 'cannot be read as JSON'],
    ['1.', 'cannot be read as JSON'],
    ['0x10', 'cannot be read as JSON'],
    ['NaN', 'cannot be read as JSON'],
    ['Infinity', 'cannot be read as JSON'],
    ['1_000', 'cannot be read as JSON'],
    ['"1"', 'spec.priority is "1"'],
  ])('%s', async (number, reason) => {
    await expectRefused(put(ROUTE, routed('').replace('{"httpRoute"', `{"priority":${number},"httpRoute"`)), reason);
  });

  it.each([['-0'], ['0e5'], ['0.0']])('%s is 0', async (number) => {
    const answer = await send(put(ROUTE, routed('').replace('{"httpRoute"', `{"priority":${number},"httpRoute"`)));
    expect(answer?.body).toContain('"priority":0');
    untouched = await world.fingerprint();
  });
});

describe('targets that could be read as another are refused', () => {
  it.each([
    ['a dot segment', `${MESHES}/other/../apps`, '".."'],
    ['a dot segment at the end', `${MESHES}/apps/..`, '".."'],
    ['an encoded dot segment', `${MESHES}/other/%2e%2E/apps`, '".."'],
    ['a half encoded one', `${MESHES}/other/.%2e/apps`, '".."'],
    ['a single dot', `${MESHES}/./apps`, '"."'],
    ['an empty segment', `${V}//meshes/apps`, 'empty'],
    ['a slash at the end', `${MESHES}/apps/`, 'empty'],
    ['an encoded NUL', `${MESHES}/apps%00`, 'NUL'],
    ['an encoded backslash', `${MESHES}/..%5Capps`, 'backslash'],
    ['a broken escape', `${MESHES}/apps%`, 'percent-encoded UTF-8'],
    ['an overlong escape', `${MESHES}/%c0%ae%c0%ae/apps`, 'percent-encoded UTF-8'],
    ['an encoded surrogate', `${MESHES}/%ed%a0%80`, 'percent-encoded UTF-8'],
    ['an encoded line break', `${MESHES}/apps%0d%0a`, 'CR, LF or NUL'],
    ['a query key twice', `${MESHES}/apps?meshOwner=123456789012&meshOwner=123456789012`, 'more than once'],
    ['a query key twice, once encoded', `${MESHES}/apps?meshOwner=123456789012&mesh%4fwner=210987654321`, 'more than once'],
    ['65 query parameters', `${MESHES}/apps?${Array.from({ length: 65 }, (_, index) => `p${index}=`).join('&')}`, '65 parameters'],
    ['a broken query', `${MESHES}/apps?meshOwner=%f`, 'percent-encoded UTF-8'],
    ['a name of 256 characters', `${MESHES}/${'a'.repeat(256)}`, '1 to 255 characters'],
  ])('%s', async (_what, target, reason) => {
    await expectRefused(requestText('DELETE', target), reason);
  });

  it('64 query parameters and a name of 255 characters of four bytes are read', async () => {
    const query = Array.from({ length: 64 }, (_, index) => `p${index}=`).join('&');
    expect((await send(requestText('GET', `${MESHES}/apps?${query}`)))?.status).toBe(200);
    expect((await send(requestText('GET', `${MESHES}/${'%F0%9F%98%80'.repeat(255)}`)))?.status).toBe(404);
  });
});

describe('bodies in a code are refused', () => {
  it.each([
    ['gzip', gzipSync(mesh(''))],
    ['deflate', deflateSync(mesh(''))],
    ['br', brotliCompressSync(mesh(''))],
    ['identity', Buffer.from(mesh(''))],
    ['gzip, br', gzipSync(gzipSync(mesh('')))],
    ['', Buffer.from(mesh(''))],
  ])('Content-Encoding: %s', async (encoding, body) => {
    await expectRefused(
      put(MESHES, body, [`content-encoding: ${encoding}`]),
      `Content-Encoding "${encoding}"; encoded bodies are not read`,
    );
  });

  it('gzip that does not say so', async () => {
    await expectRefused(put(MESHES, gzipSync(mesh(''))), 'not UTF-8');
  });
});

describe('expressions that would keep Envoy busy, or that it does not know, are refused', () => {
  it.each([['(a{1000}){1000}'], ['((a{100}){100}){100}'], ['(?=a)'], ['(a)\\\\1'], ['['], ['a'.repeat(256)]])('%s', async (expression) => {
    await expectRefused(
      put(ROUTE, routed('').replace('"prefix":"/"', `"path":{"regex":"${expression}"}`)),
      'spec.httpRoute.match.path.regex is',
    );
  });
});

describe('meshOwner', () => {
  const requests = modelOperations.map((operation) => {
    const path = operation.http.requestUri.replace(/\{(\w+)\}/g, (_all, name: string) => NAMES[name]?.[0] ?? '');
    const arn = membersIn(operation, 'querystring').some(([name]) => name === 'resourceArn');
    return [operation.name, operation.http.method, `${path}?${arn ? `${TAG.split('?')[1]}&` : ''}`] as const;
  });

  const withOwner = (method: string, target: string, owner: string): string =>
    requestText(method, `${target}meshOwner=${owner}`, [], method === 'PUT' ? '{}' : '');

  it.each(requests)('of another account is forbidden to %s, one that is none is refused', async (_name, method, target) => {
    await expectRefused(withOwner(method, target, '210987654321'), 'meshOwner is 210987654321', 'ForbiddenException');
    for (const owner of ['', '12345678901', '1234567890123', '12345678901a', '%EF%BC%91'.repeat(12), '123456789012%0A']) {
      await expectRefused(withOwner(method, target, owner), 'must be an account id of 12 digits');
    }
  });

  it.each(requests.filter(([, method]) => method === 'GET'))('of the own account is accepted by %s', async (_name, method, target) => {
    expect((await send(withOwner(method, target, '123456789012')))?.status).toBe(200);
  });
});

describe('pages', () => {
  const lists = modelOperations
    .filter(({ name }) => name.startsWith('List'))
    .map(({ name, http }) => {
      const path = http.requestUri.replace(/\{(\w+)\}/g, (_all, member: string) => NAMES[member]?.[0] ?? '');
      return [
        name,
        name === 'ListTagsForResource' ? `${path}?${TAG.split('?')[1]}&` : `${path}?`,
        name === 'ListTagsForResource' ? 50 : 100,
      ] as const;
    });

  it.each(lists)('of %s have a limit', async (_name, target, most) => {
    for (const limit of ['0', `${most + 1}`, '-1', '1.5', '1e1', '%201', '', '9'.repeat(300)]) {
      await expectRefused(requestText('GET', `${target}limit=${limit}`), `must be a whole number from 1 to ${most}`);
    }
    for (const limit of ['1', `${most}`, '001']) expect((await send(requestText('GET', `${target}limit=${limit}`)))?.status).toBe(200);
  });

  it.each(lists)('of %s take their own tokens only', async (name, target) => {
    const tokens = await Promise.all(
      lists.map(
        async ([other, first]) => [other, JSON.parse((await send(requestText('GET', `${first}limit=1`)))?.body ?? '').nextToken] as const,
      ),
    );
    for (const [other, token] of tokens) {
      expect(token).toEqual(expect.any(String));
      if (other === name) expect((await send(requestText('GET', `${target}nextToken=${token}`)))?.status).toBe(200);
      else await expectRefused(requestText('GET', `${target}nextToken=${token}`), 'which this listing did not give');
    }
    for (const token of ['', 'x', 'null', '%00', 'A'.repeat(4000)]) {
      await expectRefused(requestText('GET', `${target}nextToken=${token}`), 'which this listing did not give');
    }
  });
});
