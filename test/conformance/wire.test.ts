import { describe, expect, test } from 'vitest';
import { sdkForJavaScript } from './clients/sdkForJavaScript.ts';
import { connected } from './connected.ts';
import { kindSamples } from './kinds.ts';
import { rawRequest } from './rawRequest.ts';
import { ACCOUNT } from './system.ts';

const api = connected(async (endpoint) => sdkForJavaScript(endpoint));
const ROOT = '/v20190125';
const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Sends a request and answers what came on the wire, its body as JSON. */
async function send(method: string, path: string, body?: object) {
  const answer = await rawRequest(api.system.apiUrl, { method, path }, body && JSON.stringify(body));
  return { ...answer, json: JSON.parse(answer.body) };
}

describe('on the wire', () => {
  test('a resource is the body itself, times are epoch seconds, an item of a listing has neither uid nor spec nor status', async () => {
    const before = Date.now() / 1000;
    for (const { title, named, spec } of kindSamples('wire')) {
      await api.call(`Create${title}`, { ...named, spec });
      const { createdAt } = (await api.resource(`Describe${title}`, named)).metadata;
      expect(createdAt / 1000).toBeGreaterThanOrEqual(before);
    }
    const { json } = await send('GET', `${ROOT}/meshes/wire/virtualRouter/split/routes/all`);
    expect(Object.keys(json).toSorted()).toEqual(['meshName', 'metadata', 'routeName', 'spec', 'status', 'virtualRouterName']);
    const metadata = {
      arn: `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/wire/virtualRouter/split/route/all`,
      createdAt: expect.any(Number),
      lastUpdatedAt: expect.any(Number),
      meshOwner: ACCOUNT,
      resourceOwner: ACCOUNT,
      uid: expect.stringMatching(REQUEST_ID),
      version: 1,
    };
    expect(json.metadata).toEqual(metadata);
    expect(json.metadata.createdAt).toBeGreaterThanOrEqual(before - 1);
    expect(json.metadata.createdAt).toBeLessThanOrEqual(Date.now() / 1000 + 1);
    const { uid, ...listed } = metadata;
    const list = await send('GET', `${ROOT}/meshes/wire/virtualRouter/split/routes`);
    expect(list.json).toEqual({ routes: [{ meshName: 'wire', virtualRouterName: 'split', routeName: 'all', ...listed }] });
  });

  test('every success is 200, also of creates and deletes, and tag operations answer an empty object', async () => {
    const { status } = await send('PUT', `${ROOT}/meshes`, { meshName: 'short' });
    const arn = encodeURIComponent(`arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/short`);
    const tagged = await send('PUT', `${ROOT}/tag?resourceArn=${arn}`, { tags: [{ key: 'k', value: 'v' }] });
    const untagged = await send('PUT', `${ROOT}/untag?resourceArn=${arn}`, { tagKeys: ['k'] });
    const deleted = await send('DELETE', `${ROOT}/meshes/short`);
    expect([status, tagged.status, untagged.status, deleted.status]).toEqual([200, 200, 200, 200]);
    expect([tagged.json, untagged.json]).toEqual([{}, {}]);
    expect(deleted.json.status).toEqual({ status: 'DELETED' });
  });

  test('every answer is JSON and has a request id of its own, which the log has, too', async () => {
    const answers = [
      await send('GET', `${ROOT}/meshes`),
      await send('GET', `${ROOT}/meshes/nowhere`),
      await send('PUT', `${ROOT}/meshes`, { meshName: '' }),
      await send('GET', `${ROOT}/nothing`),
      await send('PATCH', `${ROOT}/meshes`),
    ];
    expect(answers.map(({ status, type }) => [status, type])).toEqual([
      [200, undefined],
      [404, 'NotFoundException'],
      [400, 'BadRequestException'],
      [404, 'UnknownOperationException'],
      [405, 'UnknownOperationException'],
    ]);
    const ids = answers.map(({ headers }) => headers['x-amzn-requestid']);
    for (const id of ids) expect(id).toMatch(REQUEST_ID);
    expect(new Set(ids).size).toBe(ids.length);
    expect(api.system.answered.slice(-ids.length).map(({ requestId }) => requestId)).toEqual(ids);
    for (const { headers } of answers) expect(headers['content-type']).toContain('application/json');
  });

  test('an error is its message alone, its type a header: clients build their exception of the two', async () => {
    const { json, type } = await send('DELETE', `${ROOT}/meshes/nowhere`);
    expect(type).toBe('NotFoundException');
    expect(json).toEqual({ message: `Mesh with name nowhere is not present for account ${ACCOUNT}: create it first, or check the name.` });
  });

  test('members nobody knows are dropped before a spec is stored, null means absent', async () => {
    const spec = { egressFilter: { type: 'ALLOW_ALL', later: 1 }, serviceDiscovery: null, newer: {} };
    const { json } = await send('PUT', `${ROOT}/meshes`, { meshName: 'known', spec, newest: true, clientToken: null });
    expect(json.spec).toEqual({ egressFilter: { type: 'ALLOW_ALL' } });
  });

  test('versions rise by one with each update, and lastUpdatedAt with them', async () => {
    const create = await send('PUT', `${ROOT}/meshes`, { meshName: 'versions' });
    for (const version of [2, 3, 4]) {
      const { json } = await send('PUT', `${ROOT}/meshes/versions`, { spec: {} });
      expect(json.metadata).toMatchObject({ version, uid: create.json.metadata.uid, createdAt: create.json.metadata.createdAt });
      expect(json.metadata.lastUpdatedAt).toBeGreaterThanOrEqual(create.json.metadata.createdAt);
    }
  });

  test.each(['', '/prod', '/v1', '/a/b%20c'])('below the base path "%s" everything is where it is without', async (base) => {
    const meshName = `base ${base}`;
    const created = await send('PUT', `${base}${ROOT}/meshes`, { meshName, clientToken: `base${base}` });
    expect(created).toMatchObject({ status: 200, json: { meshName } });
    expect((await send('GET', `${base}${ROOT}/meshes/${encodeURIComponent(meshName)}`)).json).toEqual(created.json);
    // The same request at another base path is the same request.
    const again = await send('PUT', `/other${ROOT}/meshes`, { meshName, clientToken: `base${base}` });
    expect(again.json).toEqual(created.json);
  });
});

describe('listings', () => {
  const page = async (path: string) => (await send('GET', `${ROOT}${path}`)).json;

  test('have 100 items unless told, and a nextToken as long as there are more', async () => {
    await api.seed(['meshes'], { meshName: 'many' });
    const names = Array.from({ length: 205 }, (_, index) => `n${String(index).padStart(3, '0')}`);
    for (const virtualNodeName of names) await api.seed(['meshes', 'many', 'virtualNodes'], { virtualNodeName, spec: {} });
    const seen: string[] = [];
    const sizes: number[] = [];
    let token: string | undefined;
    do {
      const { virtualNodes, nextToken } = await page(`/meshes/many/virtualNodes${token === undefined ? '' : `?nextToken=${token}`}`);
      seen.push(...virtualNodes.map(({ virtualNodeName }: { virtualNodeName: string }) => virtualNodeName));
      sizes.push(virtualNodes.length);
      token = nextToken;
    } while (token !== undefined);
    expect(sizes).toEqual([100, 100, 5]);
    expect(seen).toEqual(names);
  });

  test('go on where they were when what they ended with is deleted, and when others come', async () => {
    await api.seed(['meshes'], { meshName: 'moving' });
    for (const virtualNodeName of ['a', 'b', 'c', 'd']) await api.seed(['meshes', 'moving', 'virtualNodes'], { virtualNodeName, spec: {} });
    const { nextToken } = await page('/meshes/moving/virtualNodes?limit=2');
    await send('DELETE', `${ROOT}/meshes/moving/virtualNodes/b`);
    await api.seed(['meshes', 'moving', 'virtualNodes'], { virtualNodeName: 'bb', spec: {} });
    const { virtualNodes } = await page(`/meshes/moving/virtualNodes?limit=2&nextToken=${nextToken}`);
    expect(virtualNodes).toMatchObject([{ virtualNodeName: 'bb' }, { virtualNodeName: 'c' }]);
  });

  test('refuse a token of another listing', async () => {
    const { nextToken } = await page('/meshes?limit=1');
    const { status, message } = await send('GET', `${ROOT}/meshes/many/virtualNodes?nextToken=${nextToken}`);
    expect({ status, message }).toEqual({ status: 400, message: expect.stringContaining('which this listing did not give') });
  });
});
