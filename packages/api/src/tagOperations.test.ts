import { MemoryStore } from '@meshwright/local';
import { MeshWriter } from '@meshwright/model';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Api, type ApiRequestEvent, createApi } from './app.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const MESHES = '/v20190125/meshes';
const APPS = 'arn:aws:appmesh:us-east-1:123456789012:mesh/apps';

let reads: string[];
let events: ApiRequestEvent[];
let store: MemoryStore;
let api: Api;

beforeEach(async () => {
  reads = [];
  events = [];
  store = new MemoryStore();
  const counted = new Proxy(store, {
    get(target, method: keyof MemoryStore) {
      const real: unknown = Reflect.get(target, method);
      if (typeof real !== 'function') return real;
      return (...parameters: unknown[]) => {
        reads.push(method);
        return Reflect.apply(real, target, parameters);
      };
    },
  });
  let ids = 0;
  const parts = { store: counted, identity, now: () => 1_790_000_000_000 + ids };
  const writer = new MeshWriter({ ...parts, monotonic: () => 0, newUid: () => `uid-${++ids}`, random: () => 0, sleep: async () => {} });
  api = createApi({ ...parts, writer, newId: () => `request-${++ids}`, onRequest: (event) => events.push(event) });
  await ask('PUT', MESHES, { meshName: 'apps', tags: [{ key: 'stage', value: 'test' }] });
});

async function ask(method: string, target: string, body?: unknown) {
  const response = await api.fetch(
    new Request('http://local/', { method, ...(body !== undefined && { body: JSON.stringify(body) }) }),
    target,
  );
  return {
    status: response.status,
    type: response.headers.get('x-amzn-ErrorType'),
    body: (await response.json()) as { message?: string; tags?: unknown; nextToken?: string; metadata?: object },
  };
}

const query = (arn: string, more = '') => `?resourceArn=${encodeURIComponent(arn)}${more}`;
const list = (arn: string, more = '') => ask('GET', `/v20190125/tags${query(arn, more)}`);
const tag = (arn: string, tags: unknown) => ask('PUT', `/v20190125/tag${query(arn)}`, { tags });
const untag = (arn: string, tagKeys: unknown) => ask('PUT', `/v20190125/untag${query(arn)}`, { tagKeys });
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ key: `k${from + index}`, value: `v${from + index}` }));

describe('tags', () => {
  it('are those the resource was created with, read by one look into the store', async () => {
    reads.length = 0;
    expect(await list(APPS)).toEqual({ status: 200, type: null, body: { tags: [{ key: 'stage', value: 'test' }] } });
    expect(reads).toEqual(['get']);
  });

  it('are merged in the order in which they came, and answered with an empty object', async () => {
    expect(await tag(APPS, [...numbered(0, 2), { key: 'stage', value: 'live' }])).toEqual({ status: 200, type: null, body: {} });
    expect((await list(APPS)).body.tags).toEqual([{ key: 'stage', value: 'live' }, ...numbered(0, 2)]);
    expect(await untag(APPS, ['k0', 'never there'])).toEqual({ status: 200, type: null, body: {} });
    expect((await list(APPS)).body.tags).toEqual([{ key: 'stage', value: 'live' }, ...numbered(1, 2)]);
  });

  it('leave version and times of the resource as they are, and the log says who set them', async () => {
    const before = await ask('GET', `${MESHES}/apps`);
    await tag(APPS, numbered(0, 1));
    expect((await ask('GET', `${MESHES}/apps`)).body).toEqual(before.body);
    expect(await store.changesSince({ owner: identity.account, mesh: 'apps' }, 1n)).toMatchObject([
      { source: 'TagResource', author: identity.account, writeId: events.at(-2)?.requestId },
    ]);
  });

  it('vanish with their resource', async () => {
    await ask('DELETE', `${MESHES}/apps`);
    expect(await list(APPS)).toMatchObject({ status: 404, type: 'NotFoundException' });
    await ask('PUT', MESHES, { meshName: 'apps' });
    expect((await list(APPS)).body).toEqual({ tags: [] });
  });

  it.each([
    ['CreateMesh', () => ask('PUT', MESHES, { meshName: 'many', tags: numbered(0, 51) })],
    ['TagResource in one go', () => tag(APPS, numbered(0, 51))],
    ['TagResource by merging', () => tag(APPS, numbered(0, 50))],
  ])('are 50 at most: %s', async (_what, request) => {
    const answer = await request();
    expect(answer).toMatchObject({ status: 400, type: 'TooManyTagsException' });
    expect(answer.body.message).toContain('at most 50');
    expect((await list(APPS)).body.tags).toEqual([{ key: 'stage', value: 'test' }]);
    expect(await store.meshes()).toHaveLength(1);
  });

  it.each([
    ['tag', {}, 'tags is missing'],
    ['tag', { tags: null }, 'tags is missing'],
    ['tag', { tags: {} }, 'tags is {} but must be a list'],
    ['tag', { tags: [{ key: 'aws' }] }, 'tags[0].value is missing'],
    ['tag', { tags: [...numbered(0, 1), ...numbered(0, 1)] }, 'tags[1].key is "k0" but must occur once'],
    ['untag', {}, 'tagKeys is missing'],
    ['untag', { tagKeys: [''] }, 'tagKeys[0] is "" but must have 1 to 128 characters'],
    ['untag', { tagKeys: Array(51).fill('k') }, 'tagKeys is '],
  ])('%s with %j is refused', async (path, body, reason) => {
    const answer = await ask('PUT', `/v20190125/${path}${query(APPS)}`, body);
    expect(answer).toMatchObject({ status: 400, type: 'BadRequestException' });
    expect(answer.body.message).toContain(reason);
  });

  it('may be set to none and be taken from nothing', async () => {
    expect((await tag(APPS, [])).status).toBe(200);
    expect((await untag(APPS, [])).status).toBe(200);
    expect((await list(APPS)).body.tags).toEqual([{ key: 'stage', value: 'test' }]);
  });
});

describe('resourceArn', () => {
  it('names any kind, and the event says what it named', async () => {
    const http = { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] };
    await ask('PUT', `${MESHES}/apps/virtualNodes`, { virtualNodeName: 'blue', spec: {} });
    await ask('PUT', `${MESHES}/apps/virtualRouters`, { virtualRouterName: 'split', spec: http });
    await ask('PUT', `${MESHES}/apps/virtualRouter/split/routes`, {
      routeName: 'all',
      spec: { httpRoute: { match: { prefix: '/' }, action: { weightedTargets: [{ virtualNode: 'blue', weight: 1 }] } } },
    });
    await ask('PUT', `${MESHES}/apps/virtualServices`, { virtualServiceName: 'a/b.local', spec: {} });
    await ask('PUT', `${MESHES}/apps/virtualGateways`, { virtualGatewayName: 'door', spec: http });
    const made = events.slice(-5).map(({ resource }) => resource);
    for (const path of [
      'virtualNode/blue',
      'virtualRouter/split',
      'virtualRouter/split/route/all',
      'virtualService/a/b.local',
      'virtualGateway/door',
    ]) {
      expect((await tag(`${APPS}/${path}`, numbered(0, 1))).status).toBe(200);
      expect((await list(`${APPS}/${path}`)).body.tags).toEqual(numbered(0, 1));
    }
    expect(made).toEqual(['apps/blue', 'apps/split', 'apps/split/all', 'apps/a/b.local', 'apps/door']);
    expect(events.filter(({ operation }) => operation === 'TagResource').map(({ resource }) => resource)).toEqual(made);
  });

  it('is never that of another resource: names that would make it so are refused', async () => {
    const answers = [
      await ask('PUT', MESHES, { meshName: 'apps/virtualNode/blue', tags: numbered(0, 1) }),
      await ask('PUT', `${MESHES}/apps/virtualRouters`, { virtualRouterName: 'r/route/n', spec: {} }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 400, type: 'BadRequestException' });
      expect(answer.body.message).toContain('must not have a part between slashes that is one of virtualNode');
    }
  });

  it.each([
    ['', 400, 'BadRequestException', 'resourceArn is ""'],
    ['apps', 400, 'BadRequestException', 'resourceArn is "apps"'],
    ['arn:aws:s3:::apps', 400, 'BadRequestException', 'resourceArn is "arn:aws:s3'],
    ['arn:aws:appmesh:us-east-1:123456789012:mesh/', 400, 'BadRequestException', 'resourceArn is'],
    ['arn:aws:appmesh:us-east-1:123456789012:mesh/..', 400, 'BadRequestException', 'resourceArn is'],
    ['arn:aws:appmesh:us-east-1:123456789012:mesh/a\u0000', 400, 'BadRequestException', 'resourceArn is'],
    ['arn:aws:appmesh:us-east-1:210987654321:mesh/apps', 403, 'ForbiddenException', 'account "210987654321"'],
    ['arn:aws:appmesh:eu-west-1:123456789012:mesh/apps', 403, 'ForbiddenException', 'region "eu-west-1"'],
    ['arn:aws-cn:appmesh:us-east-1:123456789012:mesh/apps', 403, 'ForbiddenException', 'partition "aws-cn"'],
    [`${APPS}/virtualNode/gone`, 404, 'NotFoundException', 'VirtualNode with name gone is not present under mesh apps'],
    ['arn:aws:appmesh:us-east-1:123456789012:mesh/gone/virtualNode/n', 404, 'NotFoundException', 'Mesh with name gone is not present'],
    [`${APPS}/virtualRouter/gone/route/r`, 404, 'NotFoundException', 'VirtualRouter with name gone is not present'],
    [`${APPS}/listener/l`, 404, 'NotFoundException', 'Mesh with name apps/listener/l is not present'],
  ])('%j is answered %i', async (arn, status, type, reason) => {
    for (const answer of [await list(arn), await tag(arn, []), await untag(arn, [])]) {
      expect(answer).toMatchObject({ status, type });
      expect(answer.body.message).toContain(reason);
    }
    expect(await store.generation({ owner: identity.account, mesh: 'apps' })).toBe(1n);
  });

  it('is missed when it is not there', async () => {
    const answer = await ask('GET', '/v20190125/tags');
    expect(answer).toMatchObject({ status: 400, type: 'BadRequestException' });
    expect(answer.body.message).toContain('resourceArn is missing');
    expect(events.at(-1)).not.toHaveProperty('resource');
  });

  it('stands beside the own meshOwner, not beside another', async () => {
    expect((await list(APPS, '&meshOwner=123456789012')).status).toBe(200);
    expect(await list(APPS, '&meshOwner=210987654321')).toMatchObject({ status: 403, type: 'ForbiddenException' });
  });
});

describe('pages of tags', () => {
  beforeEach(() => tag(APPS, numbered(0, 6)));

  const keys = ({ body }: { body: { tags?: unknown } }) => (body.tags as { key: string }[]).map(({ key }) => key);

  it('come in order and end without a token', async () => {
    const first = await list(APPS, '&limit=3');
    const second = await list(APPS, `&limit=3&nextToken=${first.body.nextToken}`);
    const last = await list(APPS, `&limit=3&nextToken=${second.body.nextToken}`);
    expect([first, second, last].map(keys)).toEqual([['stage', 'k0', 'k1'], ['k2', 'k3', 'k4'], ['k5']]);
    expect(last.body).not.toHaveProperty('nextToken');
    expect((await list(APPS, '&limit=7')).body).not.toHaveProperty('nextToken');
  });

  it('go on where they were when tags are removed in between, and from the beginning when the last one told is', async () => {
    const { nextToken } = (await list(APPS, '&limit=3')).body;
    await untag(APPS, ['k0', 'k3']);
    expect(keys(await list(APPS, `&nextToken=${nextToken}`))).toEqual(['k2', 'k4', 'k5']);
    await untag(APPS, ['k1']);
    expect(keys(await list(APPS, `&nextToken=${nextToken}`))).toEqual(['stage', 'k2', 'k4', 'k5']);
  });

  it.each(['0', '51', 'x', ''])('have no limit of %j', async (limit) => {
    const answer = await list(APPS, `&limit=${limit}`);
    expect(answer).toMatchObject({ status: 400, type: 'BadRequestException' });
    expect(answer.body.message).toContain('from 1 to 50');
  });

  it('refuse the token of another resource', async () => {
    await ask('PUT', MESHES, { meshName: 'other', tags: numbered(0, 3) });
    const { nextToken } = (await list(APPS, '&limit=1')).body;
    const other = await list('arn:aws:appmesh:us-east-1:123456789012:mesh/other', `&nextToken=${nextToken}`);
    expect(other).toMatchObject({ status: 400, type: 'BadRequestException' });
    expect(other.body.message).toContain('which this listing did not give');
  });
});
