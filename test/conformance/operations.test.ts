import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsCli } from './clients/awsCli.ts';
import { boto3 } from './clients/boto3.ts';
import { type ResourceOutput, type StockClient, StockClientError } from './clients/client.ts';
import { sdkForJavaScript } from './clients/sdkForJavaScript.ts';
import { type System, startSystem } from './system.ts';

const clients = [
  ['boto3', boto3],
  ['AWS CLI', awsCli],
  ['AWS SDK for JavaScript', async (endpoint: string) => sdkForJavaScript(endpoint)],
] as const;

const meshArn = (mesh: string) => `arn:aws:appmesh:us-east-1:123456789012:mesh/${mesh}`;
const nodeSpec = (hostname: string) => ({
  listeners: [{ portMapping: { port: 8080, protocol: 'http' } }],
  serviceDiscovery: { dns: { hostname } },
});
const routeSpec = (weight: number) => ({
  httpRoute: { match: { prefix: '/' }, action: { weightedTargets: [{ virtualNode: 'blue', weight }] } },
});

/** The five kinds in the order in which they can be created; `below` is what their operations take beside their own name. */
const kinds = [
  {
    title: 'Mesh',
    titles: 'Meshes',
    member: 'mesh',
    members: 'meshes',
    below: {},
    name: 'kinds',
    spec: {},
    changed: { egressFilter: { type: 'ALLOW_ALL' } },
    arn: '',
  },
  {
    title: 'VirtualNode',
    titles: 'VirtualNodes',
    member: 'virtualNode',
    members: 'virtualNodes',
    below: { meshName: 'kinds' },
    name: 'blue',
    spec: nodeSpec('blue.local'),
    changed: nodeSpec('blue2.local'),
    arn: '/virtualNode/blue',
  },
  {
    title: 'VirtualRouter',
    titles: 'VirtualRouters',
    member: 'virtualRouter',
    members: 'virtualRouters',
    below: { meshName: 'kinds' },
    name: 'split',
    spec: { listeners: [{ portMapping: { port: 8080, protocol: 'http' } }] },
    changed: { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] },
    arn: '/virtualRouter/split',
  },
  {
    title: 'Route',
    titles: 'Routes',
    member: 'route',
    members: 'routes',
    below: { meshName: 'kinds', virtualRouterName: 'split' },
    name: 'all',
    spec: routeSpec(1),
    changed: routeSpec(50),
    arn: '/virtualRouter/split/route/all',
  },
  {
    title: 'VirtualService',
    titles: 'VirtualServices',
    member: 'virtualService',
    members: 'virtualServices',
    below: { meshName: 'kinds' },
    name: 'color.local',
    spec: { provider: { virtualRouter: { virtualRouterName: 'split' } } },
    changed: {},
    arn: '/virtualService/color.local',
  },
] as const;

// A process for each call of the AWS CLI: on a busy machine that takes its time.
describe.each(clients)('%s', { timeout: 180_000 }, (_title, connect) => {
  let system: System;
  let client: StockClient;

  beforeAll(async () => {
    system = await startSystem();
    client = await connect(system.apiUrl);
  });

  afterAll(async () => {
    await client?.close();
    await system?.close();
  });

  /** The one resource in an operation's answer. */
  async function resource(operation: string, input: object): Promise<ResourceOutput> {
    const [only, ...others] = Object.values(await client.call(operation, input));
    expect(others).toEqual([]);
    return only as ResourceOutput;
  }

  /** Creates what a test needs but is not about. */
  async function seed(collection: string, body: object): Promise<void> {
    const response = await fetch(`${system.apiUrl}/v20190125/${collection}`, { method: 'PUT', body: JSON.stringify(body) });
    expect(response.status).toBe(200);
  }

  const failure = (operation: string, input: object) =>
    client.call(operation, input).then(
      () => expect.fail(`${operation} was accepted`),
      (error: unknown) => {
        expect(error).toBeInstanceOf(StockClientError);
        return error as StockClientError;
      },
    );

  it('creates, describes, updates, lists and deletes all five kinds', async () => {
    const startedAt = Date.now();
    const uids = new Map<string, string>();
    for (const { title, titles, member, members, below, name, spec, changed, arn } of kinds) {
      const named = { ...below, [`${member}Name`]: name };
      const created = await resource(`Create${title}`, { ...named, spec });
      expect(created).toMatchObject({ ...named, spec, status: { status: 'ACTIVE' } });
      expect(created.metadata).toMatchObject({
        arn: meshArn('kinds') + arn,
        version: 1,
        meshOwner: '123456789012',
        resourceOwner: '123456789012',
      });
      // Python keeps microseconds, so times may differ from ours by a rounding.
      expect(created.metadata.createdAt).toBeGreaterThanOrEqual(startedAt - 1);
      expect(created.metadata.createdAt).toBeLessThanOrEqual(Date.now() + 1);
      expect(await resource(`Describe${title}`, named)).toEqual(created);

      const updated = await resource(`Update${title}`, { ...named, spec: changed });
      expect(updated.spec).toEqual(changed);
      expect(updated.metadata).toMatchObject({ uid: created.metadata.uid, version: 2, createdAt: created.metadata.createdAt });
      uids.set(name, updated.metadata.uid);

      const { uid, ...listed } = updated.metadata;
      expect((await client.call(`List${titles}`, below))[members]).toEqual([{ ...named, ...listed }]);
    }
    expect(new Set(uids.values()).size).toBe(kinds.length);
    for (const { title, member, below, name } of kinds.toReversed()) {
      const named = { ...below, [`${member}Name`]: name };
      const deleted = await resource(`Delete${title}`, named);
      expect(deleted).toMatchObject({ ...named, status: { status: 'DELETED' }, metadata: { uid: uids.get(name), version: 2 } });
      expect((await failure(`Describe${title}`, named)).type).toBe('NotFoundException');
    }
    expect(await client.call('ListMeshes', {})).toEqual({ meshes: [] });
  });

  it('pages through a listing by its own paginator', async () => {
    await seed('meshes', { meshName: 'paged' });
    const names = ['a', 'B', 'c/d', 'ü', 'z.local'];
    for (const virtualNodeName of names) await seed('meshes/paged/virtualNodes', { virtualNodeName, spec: {} });
    expect((await client.pagedNodeNames('paged', 2)).toSorted()).toEqual(names.toSorted());
    expect(await client.pagedNodeNames('paged', 5)).toHaveLength(5);
  });

  it('raises its typed exceptions with our words', async () => {
    await seed('meshes', { meshName: 'errors' });
    await seed('meshes/errors/virtualNodes', { virtualNodeName: 'n', spec: {} });
    const missing = await failure('DescribeVirtualNode', { meshName: 'errors', virtualNodeName: 'gone' });
    expect(missing.type).toBe('NotFoundException');
    expect(missing.message).toContain('VirtualNode with name gone is not present under mesh errors for account 123456789012:');
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
      ['DescribeVirtualNode', { meshName: 'errors', virtualNodeName: 'n', meshOwner: '210987654321' }, 'ForbiddenException'],
      ['ListVirtualNodes', { meshName: 'errors', nextToken: 'made-up' }, 'BadRequestException'],
    ] as const;
    for (const [operation, input, type] of rules) expect([operation, (await failure(operation, input)).type]).toEqual([operation, type]);
    expect(await resource('DescribeVirtualNode', { meshName: 'errors', virtualNodeName: 'n', meshOwner: '123456789012' })).toBeDefined();
  });

  it('is told once, without retries, what is not built yet', async () => {
    const before = system.answered.length;
    const { type, message } = await failure('ListVirtualGateways', { meshName: 'errors' });
    expect(type).toBe('BadRequestException');
    expect(message).toContain('ListVirtualGateways is not supported yet');
    expect(system.answered.length).toBe(before + 1);
  });

  it('addresses names with a slash, spaces and other alphabets', async () => {
    const meshName = 'a/b c.local';
    await client.call('CreateMesh', { meshName });
    for (const virtualNodeName of ['blue/1 ü%2F+.local', '*&?=#', ':meshName']) {
      await client.call('CreateVirtualNode', { meshName, virtualNodeName, spec: {} });
      expect(await resource('DescribeVirtualNode', { meshName, virtualNodeName })).toMatchObject({ meshName, virtualNodeName });
    }
    const deleted = await resource('DeleteVirtualNode', { meshName, virtualNodeName: 'blue/1 ü%2F+.local' });
    expect(deleted.status).toEqual({ status: 'DELETED' });
  });

  it('works below a base path', async () => {
    const below = await connect(`${system.apiUrl}/prod`);
    try {
      await below.call('CreateMesh', { meshName: 'based' });
      expect(await resource('DescribeMesh', { meshName: 'based' })).toMatchObject({ meshName: 'based' });
    } finally {
      await below.close();
    }
  });

  it('may repeat a create or an update with its clientToken', async () => {
    const create = { meshName: 'token', clientToken: 'one', spec: { egressFilter: { type: 'DROP_ALL' } } };
    const created = await resource('CreateMesh', create);
    expect(await resource('CreateMesh', create)).toEqual(created);
    const update = { meshName: 'token', clientToken: 'two', spec: {} };
    const updated = await resource('UpdateMesh', update);
    expect(await resource('UpdateMesh', update)).toEqual(updated);
    expect(updated.metadata.version).toBe(2);
    expect((await failure('CreateMesh', { ...create, spec: {} })).type).toBe('ConflictException');
    await client.call('DeleteMesh', { meshName: 'token' });
    expect((await resource('CreateMesh', create)).metadata.uid).not.toBe(created.metadata.uid);
  });
});
