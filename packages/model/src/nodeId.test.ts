import { describe, expect, it } from 'vitest';
import { parseNodeId } from './nodeId.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const parse = (id: string): unknown => parseNodeId(id, identity);
const proxy = (mesh: string, name: string): unknown => ({
  kind: 'proxy',
  mesh: { owner: '123456789012', mesh },
  proxy: `virtualNode/${name}`,
});

describe('parseNodeId', () => {
  it.each([
    ['mesh/apps/virtualNode/n', 'apps', 'n'],
    ['mesh/apps@123456789012/virtualNode/n', 'apps', 'n'],
    ['mesh/apps@home/virtualNode/n', 'apps@home', 'n'],
    ['arn:aws:appmesh:us-east-1:123456789012:mesh/apps/virtualNode/n', 'apps', 'n'],
    ['arn:aws:appmesh-preview:us-east-1:123456789012:mesh/apps/virtualNode/n', 'apps', 'n'],
    ['arn:aws:appmesh:us-east-1:123456789012:mesh/apps@123456789012/virtualNode/n', 'apps', 'n'],
    ['mesh/a/b/virtualNode/c/d', 'a/b', 'c/d'],
    ['mesh/apps/virtualNode/n:1', 'apps', 'n:1'],
  ])('reads %s', (id, mesh, name) => {
    expect(parse(id)).toEqual(proxy(mesh, name));
  });

  it.each(['mesh/apps/virtualGateway/g/h', 'arn:aws:appmesh:us-east-1:123456789012:mesh/apps/virtualGateway/g/h'])('reads %s', (id) => {
    expect(parse(id)).toEqual({ kind: 'proxy', mesh: { owner: '123456789012', mesh: 'apps' }, proxy: 'virtualGateway/g/h' });
  });

  it.each([
    ['', 'is neither'],
    ['n', 'is neither'],
    ['mesh/apps', 'is neither'],
    ['mesh//virtualNode/n', 'is neither'],
    ['mesh/apps/virtualNode/', 'is neither'],
    ['mesh/apps/virtualnode/n', 'is neither'],
    ['arn:aws:appmesh:us-east-1:123456789012:n', 'is neither'],
    ['arn:aws:ecs:us-east-1:123456789012:mesh/apps/virtualNode/n', 'is neither'],
    ['arn:aws-cn:appmesh:us-east-1:123456789012:mesh/apps/virtualNode/n', 'names partition "aws-cn"'],
    ['arn:aws:appmesh:eu-west-1:123456789012:mesh/apps/virtualNode/n', 'names region "eu-west-1"'],
    ['arn:aws:appmesh:us-east-1:210987654321:mesh/apps/virtualNode/n', 'names account "210987654321"'],
    ['mesh/apps@210987654321/virtualNode/n', 'names account "210987654321"'],
    ['arn:aws:appmesh:us-east-1:123456789012:mesh/apps@210987654321/virtualNode/n', 'names account "210987654321"'],
  ])('does not know %s, and says why', (id, reason) => {
    expect(parse(id)).toEqual({ kind: 'unknown', reason: expect.stringContaining(reason) });
  });
});
