import { beforeEach, describe, expect, test, vi } from 'vitest';
import { boto3 } from '../clients/boto3.ts';
import { connected } from '../connected.ts';
import { kindSamples, nodeSpec, routeSpec } from '../kinds.ts';
import { behaviours } from './behaviours.ts';

const HOUR_MILLIS = 3_600_000;

// Time goes as told here, for tokens to expire: the system takes it from `Date` when it starts.
vi.useFakeTimers({ toFake: ['Date'] });
beforeEach(() => void vi.setSystemTime(vi.getRealSystemTime()));

const api = connected(boto3);

describe(behaviours[5], () => {
  test.each(kindSamples('repeats'))('$title', async ({ title, named, spec, changed }) => {
    const create = { ...named, spec, tags: [{ key: 'k', value: 'v' }], clientToken: 'create' };
    const created = await api.resource(`Create${title}`, create);
    expect(await api.resource(`Create${title}`, create)).toEqual(created);
    const update = { ...named, spec: changed, clientToken: 'update' };
    const updated = await api.resource(`Update${title}`, update);
    expect(updated.metadata.version).toBe(2);
    expect(await api.resource(`Update${title}`, update)).toEqual(updated);
    // The first answer, also when the resource has changed since.
    expect(await api.resource(`Create${title}`, create)).toEqual(created);
    expect(await api.resource(`Describe${title}`, named)).toEqual(updated);
  });

  test('a token with another body is a Conflict, also when only tags differ', async () => {
    const create = { meshName: 'other-body', spec: {}, clientToken: 'other-body' };
    await api.call('CreateMesh', create);
    const words = ['clientToken', 'another request body', 'send a new token'];
    await api.refuses('CreateMesh', { ...create, spec: { egressFilter: { type: 'ALLOW_ALL' } } }, 'ConflictException', ...words);
    await api.refuses('CreateMesh', { ...create, tags: [{ key: 'k', value: 'v' }] }, 'ConflictException', ...words);
    const update = { meshName: 'other-body', spec: {}, clientToken: 'u' };
    await api.call('UpdateMesh', update);
    await api.refuses('UpdateMesh', { ...update, spec: { egressFilter: { type: 'ALLOW_ALL' } } }, 'ConflictException', ...words);
    expect((await api.resource('DescribeMesh', { meshName: 'other-body' })).metadata.version).toBe(2);
  });

  test('a token of one operation or one place says nothing in another', async () => {
    const clientToken = 'shared';
    await api.call('CreateMesh', { meshName: 'places', spec: {}, clientToken });
    const node = { meshName: 'places', virtualNodeName: 'n', spec: {}, clientToken };
    expect((await api.resource('CreateVirtualNode', node)).metadata.version).toBe(1);
    expect((await api.resource('UpdateVirtualNode', node)).metadata.version).toBe(2);
    expect(
      (await api.resource('CreateVirtualRouter', { meshName: 'places', virtualRouterName: 'n', spec: {}, clientToken })).metadata.version,
    ).toBe(1);
  });

  test('after a deletion the same request is a new one', async () => {
    await api.seed(['meshes'], { meshName: 'again' });
    const create = { meshName: 'again', virtualNodeName: 'n', spec: nodeSpec('n.local'), clientToken: 't' };
    const { metadata } = await api.resource('CreateVirtualNode', create);
    await api.call('DeleteVirtualNode', { meshName: 'again', virtualNodeName: 'n' });
    const second = await api.resource('CreateVirtualNode', { ...create, spec: nodeSpec('other.local') });
    expect(second.metadata).toMatchObject({ version: 1, arn: metadata.arn });
    expect(second.metadata.uid).not.toBe(metadata.uid);
  });

  test('a token is known for 24 hours', async () => {
    const create = { meshName: 'day', spec: {}, clientToken: 'day' };
    const { metadata } = await api.resource('CreateMesh', create);
    vi.setSystemTime(Date.now() + 24 * HOUR_MILLIS - 60_000);
    expect((await api.resource('CreateMesh', create)).metadata.uid).toBe(metadata.uid);
    vi.setSystemTime(Date.now() + 120_000);
    await api.refuses('CreateMesh', create, 'ConflictException', 'Mesh with name day already exists');
  });

  test('it survives a restart', async () => {
    const create = { meshName: 'restarted', spec: {}, clientToken: 'restarted' };
    const { metadata } = await api.resource('CreateMesh', create);
    await api.call('CreateVirtualNode', { meshName: 'restarted', virtualNodeName: 'n', spec: nodeSpec('n.local') });
    const before = await api.call('DescribeVirtualNode', { meshName: 'restarted', virtualNodeName: 'n' });
    await api.restart();
    expect(await api.call('DescribeVirtualNode', { meshName: 'restarted', virtualNodeName: 'n' })).toEqual(before);
    expect((await api.resource('CreateMesh', create)).metadata).toEqual(metadata);
    await api.refuses('CreateMesh', { ...create, spec: { egressFilter: { type: 'ALLOW_ALL' } } }, 'ConflictException', 'clientToken');
  });
});

test(behaviours[6], async () => {
  for (const { title, named, spec } of kindSamples('taken')) {
    await api.call(`Create${title}`, { ...named, spec, clientToken: 'first' });
    await api.refuses(
      `Create${title}`,
      { ...named, spec, clientToken: 'second' },
      'ConflictException',
      `${title} with name`,
      'already exists',
    );
    await api.refuses(`Create${title}`, { ...named, spec }, 'ConflictException', 'choose another name, or update it');
  }
  // Routes of different routers do not share names.
  await api.seed(['meshes', 'taken', 'virtualRouters'], { virtualRouterName: 'other', spec: {} });
  await api.call('CreateRoute', { meshName: 'taken', virtualRouterName: 'other', routeName: 'all', spec: routeSpec('blue') });
});
