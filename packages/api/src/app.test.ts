import { MemoryStore } from '@meshwright/local';
import { MeshError, type MeshStore, MeshWriter, type Quotas } from '@meshwright/model';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Api, type ApiRequestEvent, createApi } from './app.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const NOW = 1_790_000_000_123;
const MESHES = '/v20190125/meshes';

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly requestId: string | null;
  readonly body: Record<string, unknown>;
}

let events: ApiRequestEvent[];
let store: MemoryStore;
let api: Api;

beforeEach(() => {
  events = [];
  store = new MemoryStore();
  api = apiOver(store);
});

function apiOver(meshStore: MeshStore, quotas?: Quotas, account = identity.account): Api {
  let ids = 0;
  const parts = { store: meshStore, identity: { ...identity, account }, ...(quotas && { quotas }), now: () => NOW };
  const writer = new MeshWriter({
    ...parts,
    monotonic: () => 0,
    newUid: () => `${account}-uid-${++ids}`,
    random: () => 0,
    sleep: async () => {},
  });
  return createApi({ ...parts, writer, newId: () => `request-${++ids}`, pages: ['/pages'], onRequest: (event) => events.push(event) });
}

async function ask(method: string, target: string, body?: unknown, headers: Record<string, string> = {}, to: Api = api): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = new Request('http://local/', { method, headers, ...(text !== undefined && { body: text }) });
  const response = await to.fetch(request, target);
  return {
    status: response.status,
    type: response.headers.get('x-amzn-ErrorType'),
    requestId: response.headers.get('x-amzn-RequestId'),
    body: JSON.parse((await response.text()) || '{}'),
  };
}

describe('answers', () => {
  it('carry the bare resource, times in seconds and a request id', async () => {
    const { status, requestId, type, body } = await ask('PUT', MESHES, { meshName: 'apps' });
    expect([status, type]).toEqual([200, null]);
    expect(requestId).toMatch(/^request-/);
    expect(body).toEqual({
      meshName: 'apps',
      metadata: {
        arn: 'arn:aws:appmesh:us-east-1:123456789012:mesh/apps',
        createdAt: 1_790_000_000.123,
        lastUpdatedAt: 1_790_000_000.123,
        meshOwner: '123456789012',
        resourceOwner: '123456789012',
        uid: expect.any(String),
        version: 1,
      },
      spec: {},
      status: { status: 'ACTIVE' },
    });
  });

  it('are told to onRequest with operation, resource, status, time and error', async () => {
    await ask('PUT', MESHES, { meshName: 'apps' });
    await ask('GET', `${MESHES}/gone`);
    await ask('GET', '/nowhere');
    expect(events).toMatchObject([
      { method: 'PUT', operation: 'CreateMesh', resource: 'apps', status: 200, millis: 0, requestId: expect.stringMatching(/^request-/) },
      {
        operation: 'DescribeMesh',
        status: 404,
        error: { shape: 'NotFoundException', message: expect.stringContaining('Mesh with name gone is not present') },
      },
      { status: 404, error: { shape: 'UnknownOperationException' } },
    ]);
    expect(events[0]).not.toHaveProperty('error');
    expect(events[2]).not.toHaveProperty('operation');
    expect(events[2]).not.toHaveProperty('resource');
  });

  it('are told to onRequest with all names of what they are about', async () => {
    await ask('PUT', MESHES, { meshName: 'apps' });
    await ask('PUT', `${MESHES}/apps/virtualRouters`, { virtualRouterName: 'router', spec: {} });
    await ask('GET', `${MESHES}/apps/virtualRouter/router/routes/route`);
    await ask('GET', `${MESHES}/apps/virtualRouter/router/routes`);
    await ask('PUT', `${MESHES}/apps/virtualRouters`, { virtualRouterName: 'no name\n', spec: {} });
    expect(events.map(({ resource }) => resource)).toEqual(['apps', 'apps/router', 'apps/router/route', 'apps/router', undefined]);
  });

  it('tell, where they wrote, the revision that it is in', async () => {
    const revisionOf = async (method: string, body?: object): Promise<string | null> => {
      const path = method === 'PUT' ? MESHES : `${MESHES}/apps`;
      const request = new Request(`http://localhost${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
      return (await api.fetch(request, path)).headers.get('x-meshwright-revision');
    };
    expect(await revisionOf('PUT', { meshName: 'apps' })).toBe('1');
    expect(await revisionOf('GET')).toBeNull();
    expect(await revisionOf('DELETE')).toBe('2');
    expect(events.map(({ revision }) => revision)).toEqual([1, undefined, 2]);
  });

  it('put the same id on the answer and into the log of the mesh', async () => {
    const { requestId } = await ask('PUT', MESHES, { meshName: 'apps' });
    expect(await store.changesSince({ owner: identity.account, mesh: 'apps' }, 0n)).toMatchObject([
      { writeId: requestId, source: 'CreateMesh', author: identity.account },
    ]);
  });
});

describe('paths', () => {
  it.each([
    ['GET', '/', 404, 'names no operation'],
    ['GET', '/', 404, 'beside them there are /healthz, /pages.'],
    ['GET', '/v20190125', 404, 'names no operation'],
    ['GET', '/v20190125/mesh', 404, 'App Mesh paths are /v20190125/meshes and below'],
    ['GET', '/v20190125/meshes/m/virtualRouters/r/routes', 404, 'names no operation'],
    ['POST', '/v20190125/meshes', 405, 'that path has GET and PUT'],
    ['OPTIONS', '/v20190125/meshes/m', 405, 'that path has GET and PUT and DELETE'],
    ['GET', '/v1/meshes/m/revisions', 404, '/v1 is kept for what goes beyond the App Mesh API'],
    ['GET', '/v1/nothing/v20190125/meshes', 404, '/v1 is kept'],
  ])('%s %s is answered %i, as no missing resource', async (method, target, status, message) => {
    const answer = await ask(method, target);
    expect(answer).toMatchObject({ status, type: 'UnknownOperationException', requestId: expect.any(String) });
    expect(answer.body.message).toContain(message);
  });

  it('may stand below any base path, also one that looks like a mesh', async () => {
    for (const base of ['', '/prod', '/meshes/a%2Fb']) {
      expect(await ask('GET', `${base}${MESHES}`)).toMatchObject({ status: 200, body: { meshes: [] } });
    }
    await ask('PUT', MESHES, { meshName: 'v20190125' });
    expect(await ask('GET', `${MESHES}/v20190125`)).toMatchObject({ status: 200, body: { meshName: 'v20190125' } });
  });

  it('take an encoded slash for data and never fold dots', async () => {
    await ask('PUT', MESHES, { meshName: 'm1' });
    await ask('PUT', MESHES, { meshName: 'a/b %41' });
    expect(await ask('GET', `${MESHES}/a%2Fb%20%2541`)).toMatchObject({ status: 200, body: { meshName: 'a/b %41' } });
    for (const target of [`${MESHES}/m2/../m1`, `${MESHES}/m2/%2e%2e/m1`, `${MESHES}/./m1`, `/${MESHES}/m1`, `${MESHES}/m1/`]) {
      expect(await ask('GET', target)).toMatchObject({ status: 400, type: 'BadRequestException' });
    }
  });

  it('answer the health check', async () => {
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

describe('meshOwner', () => {
  it.each([
    ['123456789012', 200, null],
    ['210987654321', 403, 'ForbiddenException'],
    ['12345678901', 400, 'BadRequestException'],
    ['', 400, 'BadRequestException'],
    ['12345678901%0A', 400, 'BadRequestException'],
  ])('%j is answered %i', async (owner, status, type) => {
    await ask('PUT', MESHES, { meshName: 'm' });
    for (const target of [`${MESHES}/m`, `${MESHES}/m/virtualNodes`, MESHES]) {
      expect(await ask('GET', `${target}?meshOwner=${owner}`)).toMatchObject({ status, type });
    }
  });
});

describe('clientToken', () => {
  const create = (base: string, body: string) => ask('PUT', `${base}${MESHES}`, body);

  it('makes a repeated request the same request, however it is written and below whatever base path', async () => {
    const first = await create('', '{"meshName":"m","clientToken":"t","spec":{"egressFilter":{"type":"ALLOW_ALL"}},"tags":[]}');
    const again = await create(
      '/prod',
      '{ "clientToken":"t", "spec":{"egressFilter":{"type":"ALLOW_ALL"},"serviceDiscovery":null,"x":1}, "meshName":"m" }',
    );
    expect(again.body).toEqual(first.body);
    expect(await store.generation({ owner: identity.account, mesh: 'm' })).toBe(1n);
  });

  it('is refused with another body, and counts per operation and path', async () => {
    await create('', '{"meshName":"m","clientToken":"t"}');
    expect(await create('', '{"meshName":"m","clientToken":"t","spec":{"egressFilter":{"type":"ALLOW_ALL"}}}')).toMatchObject({
      status: 409,
      type: 'ConflictException',
    });
    // CreateMesh has one path for all meshes: the token made m.
    expect(await create('', '{"meshName":"other","clientToken":"t"}')).toMatchObject({ status: 409 });
    expect(await ask('PUT', `${MESHES}/m`, { clientToken: 't' })).toMatchObject({ status: 200, body: { metadata: { version: 2 } } });
    expect(await ask('PUT', `${MESHES}/m/virtualNodes`, { clientToken: 't', virtualNodeName: 'n', spec: {} })).toMatchObject({
      status: 200,
    });
  });

  it('is of one path: the same operation, token and body elsewhere is another request', async () => {
    for (const meshName of ['m', 'o']) await ask('PUT', MESHES, { meshName });
    for (const virtualNodeName of ['a', 'b']) await ask('PUT', `${MESHES}/m/virtualNodes`, { virtualNodeName, spec: {} });
    const body = { clientToken: 't', spec: { logging: { accessLog: { file: { path: '/dev/stdout' } } } } };
    for (const virtualNodeName of ['a', 'b']) {
      const answer = await ask('PUT', `${MESHES}/m/virtualNodes/${virtualNodeName}`, body);
      expect(answer).toMatchObject({ status: 200, body: { virtualNodeName, metadata: { version: 2 } } });
    }
    for (const meshName of ['m', 'o']) {
      const answer = await ask('PUT', `${MESHES}/${meshName}/virtualNodes`, { clientToken: 't', virtualNodeName: 'c', spec: {} });
      expect(answer).toMatchObject({ status: 200, body: { meshName, virtualNodeName: 'c' } });
    }
  });

  it('is of one account: another that shares the store has its own', async () => {
    const accounts = [identity.account, '210987654321'].map((account) => ({ account, to: apiOver(store, undefined, account) }));
    // Twice: a key that both shared would be taken over, and the first account's repeat would find what it made in its way.
    for (const { account, to } of [...accounts, ...accounts]) {
      const answer = await ask('PUT', MESHES, { meshName: 'm', clientToken: 't' }, {}, to);
      expect(answer).toMatchObject({ status: 200, body: { metadata: { meshOwner: account, version: 1 } } });
    }
    expect(await store.meshes()).toHaveLength(2);
  });

  it.each([1, '', {}, 'x'.repeat(256)])('%j is refused as one', async (clientToken) => {
    const answer = await ask('PUT', MESHES, { meshName: 'm', clientToken });
    expect(answer).toMatchObject({ status: 400, type: 'BadRequestException' });
    expect(answer.body.message).toMatch(/^clientToken is .* but must be text of 1 to 255 characters\./);
  });
});

describe('listings', () => {
  it('page by name and end without a token', async () => {
    for (const meshName of ['c', 'a', 'b']) await ask('PUT', MESHES, { meshName });
    const first = await ask('GET', `${MESHES}?limit=2`);
    expect(first.body).toMatchObject({ meshes: [{ meshName: 'a' }, { meshName: 'b' }], nextToken: expect.any(String) });
    const last = await ask('GET', `${MESHES}?limit=2&nextToken=${first.body.nextToken}`);
    expect(last.body).toEqual({ meshes: [expect.objectContaining({ meshName: 'c' })] });
  });

  it('go on where they were when what ended a page is deleted, and when something comes before it', async () => {
    for (const meshName of ['a', 'b', 'c', 'd']) await ask('PUT', MESHES, { meshName });
    const { nextToken } = (await ask('GET', `${MESHES}?limit=2`)).body;
    await ask('DELETE', `${MESHES}/b`);
    await ask('PUT', MESHES, { meshName: 'aa' });
    const rest = { meshes: [expect.objectContaining({ meshName: 'c' }), expect.objectContaining({ meshName: 'd' })] };
    expect((await ask('GET', `${MESHES}?nextToken=${nextToken}`)).body).toEqual(rest);
    for (const meshName of ['c', 'd']) await ask('DELETE', `${MESHES}/${meshName}`);
    expect((await ask('GET', `${MESHES}?nextToken=${nextToken}`)).body).toEqual({ meshes: [] });
  });

  it('of what was deleted with all it lies in are missing, whatever the token', async () => {
    await ask('PUT', MESHES, { meshName: 'm' });
    for (const virtualNodeName of ['a', 'b']) await ask('PUT', `${MESHES}/m/virtualNodes`, { virtualNodeName, spec: {} });
    const { nextToken } = (await ask('GET', `${MESHES}/m/virtualNodes?limit=1`)).body;
    for (const target of ['/m/virtualNodes/a', '/m/virtualNodes/b', '/m']) await ask('DELETE', MESHES + target);
    expect(await ask('GET', `${MESHES}/m/virtualNodes?nextToken=${nextToken}`)).toMatchObject({ status: 404, type: 'NotFoundException' });
  });

  it('carry no uid, spec or status', async () => {
    await ask('PUT', MESHES, { meshName: 'm' });
    const { meshes } = (await ask('GET', MESHES)).body as { meshes: object[] };
    expect(Object.keys(meshes[0] ?? {}).sort()).toEqual([
      'arn',
      'createdAt',
      'lastUpdatedAt',
      'meshName',
      'meshOwner',
      'resourceOwner',
      'version',
    ]);
  });

  it('name the outermost thing that is missing', async () => {
    await ask('PUT', MESHES, { meshName: 'm' });
    const missing = async (target: string) => (await ask('GET', MESHES + target)).body.message;
    expect(await missing('/x/virtualRouter/r/routes')).toContain('Mesh with name x is not present for account 123456789012:');
    expect(await missing('/m/virtualRouter/r/routes')).toContain('VirtualRouter with name r is not present under mesh m');
    expect(await missing('/m/virtualRouter/r/routes/t')).toContain('VirtualRouter with name r is not present under mesh m');
    expect(await missing('/m/virtualNodes/n')).toContain('VirtualNode with name n is not present under mesh m');
  });
});

it('more than a quota allows is LimitExceeded, by its name and setting', async () => {
  const quotas: Quotas = {
    meshesPerAccount: 2,
    virtualNodesPerMesh: 1,
    virtualRoutersPerMesh: 1,
    virtualServicesPerMesh: 1,
    virtualGatewaysPerMesh: 1,
    routesPerVirtualRouter: 1,
    gatewayRoutesPerVirtualGateway: 1,
    listenersPerResource: 1,
    backendsPerVirtualNode: 1,
  };
  const limited = apiOver(store, quotas);
  for (const meshName of ['a', 'b']) expect(await ask('PUT', MESHES, { meshName }, {}, limited)).toMatchObject({ status: 200 });
  expect(await ask('PUT', `${MESHES}/a/virtualNodes`, { virtualNodeName: 'n', spec: {} }, {}, limited)).toMatchObject({ status: 200 });
  for (const [target, body, quota] of [
    [MESHES, { meshName: 'c' }, 'meshesPerAccount'],
    [`${MESHES}/a/virtualNodes`, { virtualNodeName: 'o', spec: {} }, 'virtualNodesPerMesh'],
  ] as const) {
    const answer = await ask('PUT', target, body, {}, limited);
    expect(answer).toMatchObject({ status: 400, type: 'LimitExceededException' });
    expect(answer.body.message).toContain(`raise the setting ${quota}`);
  }
});

describe('faults', () => {
  const failing = (error: unknown) => apiOver(new Proxy(store, { get: () => () => Promise.reject(error) }));

  it('that are ours are answered 500 without their details, which go to onRequest', async () => {
    const cause = new TypeError('secret detail');
    const answer = await ask('GET', `${MESHES}/m`, undefined, {}, failing(cause));
    expect(answer).toMatchObject({ status: 500, type: 'InternalServerErrorException' });
    expect(answer.body.message).toContain(answer.requestId);
    expect(JSON.stringify(answer)).not.toContain('secret detail');
    expect(events).toMatchObject([{ status: 500, operation: 'DescribeMesh', cause }]);
  });

  it('that are no errors at all are answered 500 too', async () => {
    expect(await ask('GET', `${MESHES}/m`, undefined, {}, failing('thrown text'))).toMatchObject({ status: 500 });
  });

  it.each([
    ['BadRequest', 400],
    ['Conflict', 409],
    ['Forbidden', 403],
    ['LimitExceeded', 400],
    ['NotFound', 404],
    ['ResourceInUse', 409],
    ['ServiceUnavailable', 503],
    ['TooManyRequests', 429],
    ['TooManyTags', 400],
  ] as const)('%s is answered %i by its name', async (code, status) => {
    const answer = await ask('GET', `${MESHES}/m`, undefined, {}, failing(new MeshError(code, 'said so')));
    expect(answer).toMatchObject({ status, type: `${code}Exception`, body: { message: 'said so' } });
  });
});

describe('hostile requests', () => {
  it.each([
    ['malformed JSON', '{"meshName":', {}],
    ['a list', '[]', {}],
    ['a member twice', '{"meshName":"m","meshName":"n"}', {}],
    ['__proto__', '{"meshName":"m","__proto__":{}}', {}],
    ['a number as name', '{"meshName":1}', {}],
    ['no name', '{}', {}],
    ['an empty name', '{"meshName":""}', {}],
    ['a name no path can carry', '{"meshName":".."}', {}],
    ['a NUL in the name', '{"meshName":"a\\u0000b"}', {}],
    ['a lone surrogate', '{"meshName":"\\ud800"}', {}],
    ['a spec of the wrong type', '{"meshName":"m","spec":[]}', {}],
    ['tags of the wrong type', '{"meshName":"m","tags":{"a":"b"}}', {}],
    ['100,000 levels', `{"meshName":"m","spec":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, {}],
    ['100,000 items', `{"meshName":"m","spec":[${'0,'.repeat(100_000)}0]}`, {}],
    ['300 KiB', JSON.stringify({ meshName: 'm', spec: {}, padding: 'x'.repeat(300 * 1024) }), {}],
    ['an encoded body', '{"meshName":"m"}', { 'content-encoding': 'gzip' }],
    ['17 KiB of headers', '{"meshName":"m"}', { cookie: 'x'.repeat(17 * 1024) }],
  ])('%s is refused and nothing is stored', async (_what, body, headers) => {
    expect(await ask('PUT', MESHES, body, headers)).toMatchObject({
      status: 400,
      type: 'BadRequestException',
      requestId: expect.any(String),
    });
    expect(await store.meshes()).toEqual([]);
  });

  it('are never answered 5xx, whatever target and body', async () => {
    await ask('PUT', MESHES, { meshName: 'm' });
    const piece = fc.constantFrom(
      '/',
      'v20190125',
      'meshes',
      'm',
      'virtualNodes',
      'virtualRouter',
      'routes',
      'n',
      '%2F',
      '%',
      '?',
      '&',
      'limit=',
      'nextToken=',
      'WyJhIl0',
      '.',
      '__proto__',
      '*',
      ':meshName',
      '\u00e9',
    );
    const target = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => `${MESHES}/${pieces.join('')}`),
    );
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ virtualNodeName: fc.jsonValue(), spec: fc.jsonValue(), tags: fc.jsonValue() }).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'PUT', 'DELETE', 'POST'), target, body, async (method, rawTarget, text) => {
        const answer = await ask(method, rawTarget, method === 'GET' ? undefined : text);
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 500 },
    );
  });
});
