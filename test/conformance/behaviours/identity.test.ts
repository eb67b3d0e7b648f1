import { describe, expect, test } from 'vitest';
import { boto3 } from '../clients/boto3.ts';
import { connected } from '../connected.ts';
import { kindSamples } from '../kinds.ts';
import { rawRequest } from '../rawRequest.ts';
import { ACCOUNT, OTHER_ACCOUNT } from '../system.ts';
import { behaviours } from './behaviours.ts';

const api = connected(boto3);

test(behaviours[20], async () => {
  const own = { meshOwner: ACCOUNT };
  const kinds = kindSamples('owned');
  const [mesh, ...inMesh] = kinds;
  if (mesh !== undefined) await api.call('CreateMesh', { ...mesh.named, spec: mesh.spec });
  await api.call('DescribeMesh', { ...mesh?.named, ...own });
  for (const { title, titles, below, named, spec, changed } of inMesh) {
    await api.call(`Create${title}`, { ...named, ...own, spec });
    await api.call(`Describe${title}`, { ...named, ...own });
    await api.call(`Update${title}`, { ...named, ...own, spec: changed });
    await api.call(`List${titles}`, { ...below, ...own });
  }
  for (const { title, named } of inMesh.toReversed()) await api.call(`Delete${title}`, { ...named, ...own });
});

describe(behaviours[21], () => {
  test('every operation that takes it', async () => {
    const foreign = { meshOwner: OTHER_ACCOUNT };
    const words = [OTHER_ACCOUNT, `account ${ACCOUNT}`, 'Leave meshOwner out'];
    const [mesh, ...inMesh] = kindSamples('foreign');
    if (mesh !== undefined) await api.call('CreateMesh', mesh.named);
    await api.refuses('DescribeMesh', { ...mesh?.named, ...foreign }, 'ForbiddenException', ...words);
    for (const { title, titles, below, named, spec } of inMesh) {
      await api.refuses(`Create${title}`, { ...named, ...foreign, spec }, 'ForbiddenException', ...words);
      await api.refuses(`Update${title}`, { ...named, ...foreign, spec }, 'ForbiddenException', ...words);
      for (const verb of ['Describe', 'Delete'])
        await api.refuses(`${verb}${title}`, { ...named, ...foreign }, 'ForbiddenException', ...words);
      await api.refuses(`List${titles}`, { ...below, ...foreign }, 'ForbiddenException', ...words);
    }
  });

  test('tags of a resource that another account owns', async () => {
    const resourceArn = `arn:aws:appmesh:us-east-1:${OTHER_ACCOUNT}:mesh/theirs`;
    const tags = [{ key: 'k', value: 'v' }];
    for (const [operation, input] of [
      ['ListTagsForResource', { resourceArn }],
      ['TagResource', { resourceArn, tags }],
      ['UntagResource', { resourceArn, tagKeys: ['k'] }],
    ] as const)
      await api.refuses(operation, input, 'ForbiddenException', OTHER_ACCOUNT);
  });

  test('what is no account id is a BadRequest', async () => {
    const path = '/v20190125/meshes/foreign?meshOwner=12345';
    const { status, type, message } = await rawRequest(api.system.apiUrl, { path });
    expect({ status, type }).toEqual({ status: 400, type: 'BadRequestException' });
    expect(message).toContain('meshOwner is "12345"; it must be an account id of 12 digits');
  });
});

test(behaviours[22], async () => {
  const kinds = kindSamples('uids');
  const create = async (): Promise<readonly string[]> => {
    const uids: string[] = [];
    for (const { title, named, spec, changed } of kinds) {
      const { uid } = (await api.resource(`Create${title}`, { ...named, spec })).metadata;
      expect(uid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect((await api.resource(`Update${title}`, { ...named, spec: changed })).metadata).toMatchObject({ uid, version: 2 });
      expect((await api.resource(`Describe${title}`, named)).metadata.uid).toBe(uid);
      uids.push(uid);
    }
    for (const { title, named } of kinds.toReversed()) await api.call(`Delete${title}`, named);
    return uids;
  };
  const uids = [...(await create()), ...(await create())];
  expect(new Set(uids).size).toBe(14);
});

describe(behaviours[25], () => {
  const meshName = 'a/b c.local';
  const name = 'ü%2F+?#&=/x y';

  test('for all seven kinds, ARNs and references between them', async () => {
    const mesh = { meshName };
    const steps = [
      ['Mesh', {}, {}],
      ['VirtualNode', { virtualNodeName: name }, {}],
      ['VirtualRouter', { virtualRouterName: name }, {}],
      [
        'Route',
        { virtualRouterName: name, routeName: name },
        { tcpRoute: { action: { weightedTargets: [{ virtualNode: name, weight: 1 }] } } },
      ],
      ['VirtualService', { virtualServiceName: 'a/b.local' }, { provider: { virtualRouter: { virtualRouterName: name } } }],
      ['VirtualGateway', { virtualGatewayName: name }, { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] }],
      [
        'GatewayRoute',
        { virtualGatewayName: name, gatewayRouteName: name },
        { httpRoute: { match: { prefix: '/' }, action: { target: { virtualService: { virtualServiceName: 'a/b.local' } } } } },
      ],
    ] as const;
    for (const [title, names, spec] of steps) {
      const created = await api.resource(`Create${title}`, { ...mesh, ...names, spec, tags: [{ key: title, value: '' }] });
      expect(created).toMatchObject({ ...mesh, ...names, spec });
      expect(await api.resource(`Describe${title}`, { ...mesh, ...names })).toEqual(created);
      expect(await api.call('ListTagsForResource', { resourceArn: created.metadata.arn })).toEqual({ tags: [{ key: title, value: '' }] });
    }
    for (const [title, names] of steps.toReversed()) await api.call(`Delete${title}`, { ...mesh, ...names });
  });

  test('on the wire: %2F is part of a name, %252F is not decoded twice', async () => {
    await api.seed(['meshes'], { meshName: 'w/b c.local' });
    const send = (path: string) => rawRequest(api.system.apiUrl, { path: `/v20190125/meshes/${path}` });
    expect(await send('w%2Fb%20c.local')).toMatchObject({ status: 200 });
    expect(await send('w%2fb%20c%2elocal')).toMatchObject({ status: 200 });
    expect(await send('w%252Fb%20c.local')).toMatchObject({ status: 404, type: 'NotFoundException' });
    // A plus sign is itself in a path.
    expect(await send('w%2Fb+c.local')).toMatchObject({ status: 404, type: 'NotFoundException' });
  });
});
