import { describe, expect, test } from 'vitest';
import { boto3 } from '../clients/boto3.ts';
import { connected } from '../connected.ts';
import { kindSamples } from '../kinds.ts';
import { ACCOUNT } from '../system.ts';
import { behaviours } from './behaviours.ts';

const api = connected(boto3);
const meshArn = (mesh: string) => `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/${mesh}`;
const many = (count: number, from = 0) => Array.from({ length: count }, (_, index) => ({ key: `k${from + index}`, value: `v${index}` }));
const tagsOf = async (resourceArn: string) => (await api.call('ListTagsForResource', { resourceArn })).tags;

test(behaviours[23], async () => {
  const tags = [
    { key: 'z', value: '1' },
    { key: 'a', value: '' },
    { key: 'Name', value: 'ü and spaces' },
  ];
  const made = [];
  for (const { title, named, spec, arn } of kindSamples('tagged')) {
    const { metadata } = await api.resource(`Create${title}`, { ...named, spec, tags });
    expect(metadata.arn).toBe(arn);
    made.push({ title, named, metadata });
  }
  expect(await api.generation('tagged')).toBe(7n);
  for (const { title, named, metadata } of made) {
    expect(await api.call('ListTagsForResource', { resourceArn: metadata.arn })).toEqual({ tags });
    expect((await api.resource(`Describe${title}`, named)).metadata).toEqual(metadata);
  }
  expect(await api.generation('tagged')).toBe(7n);
});

describe('tags', () => {
  test('are merged: a known key keeps its place and takes the new value, a new one comes last; version and times stay', async () => {
    const resourceArn = meshArn('merged');
    const { metadata } = await api.resource('CreateMesh', { meshName: 'merged', tags: many(3) });
    const tags = [
      { key: 'new', value: 'n' },
      { key: 'k1', value: 'changed' },
    ];
    expect(await api.call('TagResource', { resourceArn, tags })).toEqual({});
    const [k0, , k2] = many(3);
    expect(await tagsOf(resourceArn)).toEqual([k0, tags[1], k2, tags[0]]);
    await api.call('UntagResource', { resourceArn, tagKeys: ['k0', 'never there'] });
    expect(await tagsOf(resourceArn)).toEqual([tags[1], k2, tags[0]]);
    expect((await api.resource('DescribeMesh', { meshName: 'merged' })).metadata).toEqual(metadata);
  });

  test('are kept by updates, survive a restart and go with their resource', async () => {
    const mesh = { meshName: 'kept' };
    await api.call('CreateMesh', { ...mesh, tags: many(2) });
    await api.call('UpdateMesh', { ...mesh, spec: { egressFilter: { type: 'ALLOW_ALL' } } });
    await api.restart();
    expect(await tagsOf(meshArn('kept'))).toEqual(many(2));
    await api.call('DeleteMesh', mesh);
    await api.call('CreateMesh', mesh);
    expect(await tagsOf(meshArn('kept'))).toEqual([]);
  });

  test('are at most 50: more of them are TooManyTags and change nothing', async () => {
    const mesh = { meshName: 'fifty' };
    await api.refuses('CreateMesh', { ...mesh, tags: many(51) }, 'TooManyTagsException', '50');
    await api.call('CreateMesh', { ...mesh, tags: many(50) });
    const resourceArn = meshArn('fifty');
    await api.refuses('TagResource', { resourceArn, tags: [{ key: 'one more', value: '' }] }, 'TooManyTagsException', '50');
    await api.call('TagResource', { resourceArn, tags: [{ key: 'k49', value: 'new value of a known key' }] });
    await api.call('UntagResource', { resourceArn, tagKeys: ['k0'] });
    await api.call('TagResource', { resourceArn, tags: [{ key: 'one more', value: '' }] });
    expect(await tagsOf(resourceArn)).toHaveLength(50);
  });

  test('are listed in pages of at most 50', async () => {
    const resourceArn = meshArn('paged tags');
    await api.call('CreateMesh', { meshName: 'paged tags', tags: many(50) });
    const first = await api.call('ListTagsForResource', { resourceArn, limit: 20 });
    const second = await api.call('ListTagsForResource', { resourceArn, limit: 50, nextToken: first.nextToken });
    expect([...(first.tags as []), ...(second.tags as [])]).toEqual(many(50));
    expect(second).not.toHaveProperty('nextToken');
    await api.refuses('ListTagsForResource', { resourceArn, limit: 51 }, 'BadRequestException', 'limit', '51', '1 to 50');
  });

  test('of what is no ARN of ours are refused with what it should be', async () => {
    for (const resourceArn of ['no arn', 'arn:aws:s3:::bucket', `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/`])
      await api.refuses('ListTagsForResource', { resourceArn }, 'BadRequestException', 'resourceArn');
  });
});
