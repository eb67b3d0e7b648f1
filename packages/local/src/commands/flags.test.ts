import { describe, expect, it } from 'vitest';
import { parseNode, parseQuota } from './flags.ts';

describe('--node', () => {
  it.each([
    'mesh/apps/virtualNode/servicea',
    'mesh/a/b/virtualNode/c',
    'mesh/apps/virtualGateway/ingress',
    'mesh/apps@210987654321/virtualNode/servicea',
    'arn:aws-cn:appmesh:cn-north-1:210987654321:mesh/apps/virtualNode/servicea',
  ])('takes %s, as the relay of its account would', (id) => {
    expect(parseNode(id)).toBe(id);
  });

  it.each(['servicea', 'mesh/apps', 'mesh/apps/virtualRouter/r', 'arn:aws:ecs:us-east-1:123456789012:mesh/apps/virtualNode/a'])(
    'refuses %s',
    (id) => {
      expect(() => parseNode(id)).toThrow(/node.id/);
    },
  );
});

describe('--quota', () => {
  it('takes one quota after the other', () => {
    const first = parseQuota('virtualNodesPerMesh=10000');
    expect(parseQuota('meshesPerAccount=0', first)).toEqual({ virtualNodesPerMesh: 10_000, meshesPerAccount: 0 });
  });

  it.each(['virtualNodesPerMesh', 'virtualNodesPerMesh=', 'virtualNodesPerMesh=-1', 'nodes=1', '__proto__=1', ''])('refuses %j', (text) => {
    expect(() => parseQuota(text)).toThrow('Write NAME=NUMBER; the names are meshesPerAccount, virtualNodesPerMesh, ');
  });
});
