import { modelOperations } from '@meshwright/model/testing';
import { describe, expect, it } from 'vitest';
import { inSteps } from '../setup/steps.ts';
import type { ListedItem, Output } from './clients/client.ts';
import { stockClients } from './clients/stockClients.ts';
import { connected } from './connected.ts';
import { type KindSample, kindSamples } from './kinds.ts';
import { ACCOUNT, OTHER_ACCOUNT } from './system.ts';

describe.each(stockClients)('%s', (_title, connect) => {
  const api = connected(connect);

  describe('all 38 operations', () => {
    inSteps();
    const kinds = kindSamples('kinds');
    const uids = new Map<KindSample, string>();
    const tags = [
      { key: 'team', value: 'a' },
      { key: 'empty', value: '' },
    ];

    it.each(kinds)('$title: is created, described, updated, listed and tagged', async (kind) => {
      const { title, titles, members, below, named, spec, changed, arn } = kind;
      const startedAt = Date.now();
      const created = await api.resource(`Create${title}`, { ...named, spec, tags });
      expect(created).toMatchObject({ ...named, spec, status: { status: 'ACTIVE' } });
      expect(created.metadata).toMatchObject({ arn, version: 1, meshOwner: ACCOUNT, resourceOwner: ACCOUNT });
      // Python keeps microseconds, so times may differ from ours by a rounding.
      expect(created.metadata.createdAt).toBeGreaterThanOrEqual(startedAt - 1);
      expect(created.metadata.createdAt).toBeLessThanOrEqual(Date.now() + 1);
      expect(await api.resource(`Describe${title}`, named)).toEqual(created);

      const updated = await api.resource(`Update${title}`, { ...named, spec: changed });
      expect(updated.spec).toEqual(changed);
      expect(updated.metadata).toMatchObject({ uid: created.metadata.uid, version: 2, createdAt: created.metadata.createdAt });
      uids.set(kind, updated.metadata.uid);

      const { uid, ...listed } = updated.metadata;
      expect((await api.call(`List${titles}`, below))[members]).toEqual([{ ...named, ...listed }]);

      const tagsNow = () => api.call('ListTagsForResource', { resourceArn: arn });
      expect(await tagsNow()).toEqual({ tags });
      expect(await api.call('TagResource', { resourceArn: arn, tags: [{ key: 'team', value: 'b' }] })).toEqual({});
      expect(await api.call('UntagResource', { resourceArn: arn, tagKeys: ['empty'] })).toEqual({});
      expect(await tagsNow()).toEqual({ tags: [{ key: 'team', value: 'b' }] });
    });

    it.each(kinds.toReversed())('$title: is deleted, and is gone at once', async (kind) => {
      const { title, named } = kind;
      const deleted = await api.resource(`Delete${title}`, named);
      expect(deleted).toMatchObject({ ...named, status: { status: 'DELETED' }, metadata: { uid: uids.get(kind), version: 2 } });
      await api.refuses(`Describe${title}`, named, 'NotFoundException');
    });

    it('are all that App Mesh has, and each was answered', async () => {
      expect(new Set(uids.values()).size).toBe(7);
      const succeeded = new Set(api.system.answered.filter(({ status }) => status === 200).map(({ operation }) => operation));
      expect(succeeded).toEqual(new Set(modelOperations.map(({ name }) => name)));
      expect(modelOperations).toHaveLength(38);
    });
  });

  it('reads all eight listings to their end by its own paginators', async () => {
    const meshName = 'paged';
    const names = ['a', 'B', 'c/d', 'ü', 'z.local'];
    const arn = `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/${meshName}`;
    await api.seed(['meshes'], { meshName, tags: names.map((key) => ({ key, value: '' })) });
    await Promise.all(names.map((name) => api.seed(['meshes'], { meshName: `paged ${name}` })));
    for (const title of ['VirtualNode', 'VirtualRouter', 'VirtualService', 'VirtualGateway']) {
      const field = `${title.charAt(0).toLowerCase()}${title.slice(1)}`;
      const spec = title === 'VirtualGateway' ? { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] } : {};
      for (const name of names) await api.seed(['meshes', meshName, `${field}s`], { [`${field}Name`]: name, spec });
    }
    const target = (action: object) => ({ spec: { httpRoute: { match: { prefix: '/' }, action } } });
    const toNode = target({ weightedTargets: [{ virtualNode: 'a', weight: 1 }] });
    const toService = target({ target: { virtualService: { virtualServiceName: 'a' } } });
    for (const name of names) {
      await api.seed(['meshes', meshName, 'virtualRouter', 'a', 'routes'], { routeName: name, ...toNode });
      await api.seed(['meshes', meshName, 'virtualGateway', 'a', 'gatewayRoutes'], { gatewayRouteName: name, ...toService });
    }
    const listings: readonly (readonly [operation: string, input: object, nameField: string])[] = [
      ['ListVirtualNodes', { meshName }, 'virtualNodeName'],
      ['ListVirtualRouters', { meshName }, 'virtualRouterName'],
      ['ListVirtualServices', { meshName }, 'virtualServiceName'],
      ['ListVirtualGateways', { meshName }, 'virtualGatewayName'],
      ['ListRoutes', { meshName, virtualRouterName: 'a' }, 'routeName'],
      ['ListGatewayRoutes', { meshName, virtualGatewayName: 'a' }, 'gatewayRouteName'],
      ['ListTagsForResource', { resourceArn: arn }, 'key'],
    ];
    for (const [operation, input, nameField] of listings) {
      const found = namesIn(await api.client.all(operation, input, 2), nameField);
      expect([operation, ...found]).toEqual([operation, ...names.toSorted()]);
    }
    // Other tests have meshes of their own.
    const meshes = namesIn(await api.client.all('ListMeshes', {}, 2), 'meshName').filter((name) => name.startsWith('paged'));
    expect(meshes).toEqual(['paged', ...names.map((name) => `paged ${name}`)].toSorted());
    expect(await api.client.all('ListVirtualNodes', { meshName }, 5)).toHaveLength(5);
  });

  it('turns the pages by hand with limit and nextToken', async () => {
    const meshName = 'by hand';
    await api.seed(['meshes'], { meshName });
    for (const virtualNodeName of ['a', 'b', 'c']) await api.seed(['meshes', meshName, 'virtualNodes'], { virtualNodeName, spec: {} });
    const page = (more: object): Promise<Output> => api.call('ListVirtualNodes', { meshName, limit: 2, ...more });
    const { nextToken, virtualNodes: first } = await page({});
    const { virtualNodes: second, ...end } = await page({ nextToken });
    expect([first, second]).toMatchObject([[{ virtualNodeName: 'a' }, { virtualNodeName: 'b' }], [{ virtualNodeName: 'c' }]]);
    expect(end).toEqual({});
  });

  it('raises its typed exceptions with our words', async () => {
    await api.seed(['meshes'], { meshName: 'errors' });
    await api.seed(['meshes', 'errors', 'virtualNodes'], { virtualNodeName: 'n', spec: {} });
    const gone = { meshName: 'errors', virtualNodeName: 'gone' };
    const words = `VirtualNode with name gone is not present under mesh errors for account ${ACCOUNT}:`;
    await api.refuses('DescribeVirtualNode', gone, 'NotFoundException', words);
    const resourceArn = `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/errors`;
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: '' }));
    await api.call('TagResource', { resourceArn, tags: many(50) });
    const rules = [
      ['CreateMesh', { meshName: 'errors' }, 'ConflictException'],
      ['DeleteMesh', { meshName: 'errors' }, 'ResourceInUseException'],
      [
        'CreateVirtualNode',
        { meshName: 'errors', virtualNodeName: 'p', spec: { listeners: [{ portMapping: { port: 70_000, protocol: 'http' } }] } },
        'BadRequestException',
      ],
      ['UpdateVirtualNode', { meshName: 'errors', virtualNodeName: 'gone', spec: {} }, 'NotFoundException'],
      ['ListVirtualNodes', { meshName: 'gone' }, 'NotFoundException'],
      ['ListRoutes', { meshName: 'errors', virtualRouterName: 'gone' }, 'NotFoundException'],
      ['DescribeVirtualNode', { meshName: 'errors', virtualNodeName: 'n', meshOwner: OTHER_ACCOUNT }, 'ForbiddenException'],
      ['ListVirtualNodes', { meshName: 'errors', nextToken: 'made-up' }, 'BadRequestException'],
      ['ListTagsForResource', { resourceArn: `${resourceArn}s` }, 'NotFoundException'],
      ['TagResource', { resourceArn, tags: [{ key: 'the 51st', value: '' }] }, 'TooManyTagsException'],
    ] as const;
    for (const [operation, input, type] of rules) await api.refuses(operation, input, type);
    expect(await api.resource('DescribeVirtualNode', { meshName: 'errors', virtualNodeName: 'n', meshOwner: ACCOUNT })).toBeDefined();
  });

  it('is told the reason of a refusal once, without retries', async () => {
    const before = api.system.answered.length;
    await api.refuses('DescribeMesh', { meshName: 'nowhere' }, 'NotFoundException', 'Mesh with name nowhere is not present');
    expect(api.system.answered.length).toBe(before + 1);
  });

  it('addresses names with a slash, spaces and other alphabets', async () => {
    const meshName = 'a/b c.local';
    await api.call('CreateMesh', { meshName });
    for (const virtualNodeName of ['blue/1 ü%2F+.local', '*&?=#', ':meshName']) {
      await api.call('CreateVirtualNode', { meshName, virtualNodeName, spec: {} });
      expect(await api.resource('DescribeVirtualNode', { meshName, virtualNodeName })).toMatchObject({ meshName, virtualNodeName });
    }
    const deleted = await api.resource('DeleteVirtualNode', { meshName, virtualNodeName: 'blue/1 ü%2F+.local' });
    expect(deleted.status).toEqual({ status: 'DELETED' });
  });

  it('works below a base path', async () => {
    const below = await connect(`${api.system.apiUrl}/prod`);
    try {
      await below.call('CreateMesh', { meshName: 'based' });
      expect(await api.call('DescribeMesh', { meshName: 'based' })).toEqual(await below.call('DescribeMesh', { meshName: 'based' }));
    } finally {
      await below.close();
    }
  });

  it('may repeat a create or an update with its clientToken', async () => {
    const create = { meshName: 'token', clientToken: 'one', spec: { egressFilter: { type: 'DROP_ALL' } } };
    const created = await api.resource('CreateMesh', create);
    expect(await api.resource('CreateMesh', create)).toEqual(created);
    const update = { meshName: 'token', clientToken: 'two', spec: {} };
    const updated = await api.resource('UpdateMesh', update);
    expect(await api.resource('UpdateMesh', update)).toEqual(updated);
    expect(updated.metadata.version).toBe(2);
    await api.refuses('CreateMesh', { ...create, spec: {} }, 'ConflictException');
    await api.call('DeleteMesh', { meshName: 'token' });
    expect((await api.resource('CreateMesh', create)).metadata.uid).not.toBe(created.metadata.uid);
  });
});

function namesIn(items: readonly ListedItem[], field: string): readonly string[] {
  return items.map((item) => String(item[field])).toSorted();
}
