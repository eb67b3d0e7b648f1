import { describe, expect, it } from 'vitest';
import { parseDays, parseIdentities, parseNode, parseQuota, parseShare } from './flags.ts';

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

describe('--log-retention-days', () => {
  it('takes whole days from 1 to 36500', () => {
    expect(['1', '400', '36500'].map(parseDays)).toEqual([1, 400, 36_500]);
    for (const text of ['0', '-1', '1.5', '36501', 'x', '']) expect(() => parseDays(text)).toThrow('whole number of days from 1 to 36500');
  });
});

describe('--hold-identities and --hold-share', () => {
  it('take a number of nodes, a share of them, or off', () => {
    expect(['1', '999999', 'off'].map(parseIdentities)).toEqual([1, 999_999, undefined]);
    expect(['0.1', '1', 'off'].map(parseShare)).toEqual([0.1, 1, undefined]);
    for (const text of ['0', '-1', '1.5', 'x', '']) expect(() => parseIdentities(text)).toThrow('whole number of nodes from 1 to 999999');
    for (const text of ['0', '1.1', '-0.1', '10%', '1.1.1', '']) expect(() => parseShare(text)).toThrow('share above 0, up to 1');
  });
});

describe('--quota', () => {
  it('takes one quota after the other', () => {
    const first = parseQuota('virtualNodesPerMesh=10000');
    expect(parseQuota('meshesPerAccount=0', first)).toEqual({ virtualNodesPerMesh: 10_000, meshesPerAccount: 0 });
  });

  it.each(['virtualNodesPerMesh', 'nodes=1', 'virtualnodespermesh=5', '__proto__=1', ''])('refuses %j for its name', (text) => {
    expect(() => parseQuota(text)).toThrow('Write NAME=NUMBER; the names are meshesPerAccount, virtualNodesPerMesh, ');
  });

  it.each(['', '-1', 'abc', '1e9', '1.5', '10000000000'])('refuses the number %j', (number) => {
    expect(() => parseQuota(`virtualNodesPerMesh=${number}`)).toThrow(
      'virtualNodesPerMesh is a whole number from 0 (none at all) to 999999999.',
    );
  });
});
