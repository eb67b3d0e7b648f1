import { describe, expect, it } from 'vitest';
import { parseNode } from './flags.ts';

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
