import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arnCandidates, arnOf } from './arn.ts';
import { meshId, parseName, proxyName, resourcePath } from './names.ts';
import type { Kind, Ref } from './resource.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const mesh = 'apps';

it.each<[Ref, string, string]>([
  [{ kind: 'mesh', mesh, name: mesh }, '', 'mesh/apps'],
  [{ kind: 'virtualNode', mesh, name: 'n' }, 'virtualNode/n', 'mesh/apps/virtualNode/n'],
  [{ kind: 'virtualRouter', mesh, name: 'r' }, 'virtualRouter/r', 'mesh/apps/virtualRouter/r'],
  [{ kind: 'route', mesh, name: 'x', parent: 'r' }, 'virtualRouter/r/route/x', 'mesh/apps/virtualRouter/r/route/x'],
  [{ kind: 'virtualGateway', mesh, name: 'g' }, 'virtualGateway/g', 'mesh/apps/virtualGateway/g'],
  [{ kind: 'gatewayRoute', mesh, name: 'x', parent: 'g' }, 'virtualGateway/g/gatewayRoute/x', 'mesh/apps/virtualGateway/g/gatewayRoute/x'],
  [{ kind: 'virtualService', mesh, name: 's.local' }, 'virtualService/s.local', 'mesh/apps/virtualService/s.local'],
])('spells %o as App Mesh does', (ref, path, resource) => {
  expect(resourcePath(ref)).toBe(path);
  const arn = `arn:aws:appmesh:us-east-1:123456789012:${resource}`;
  expect(arnOf(identity, '123456789012', ref)).toBe(arn);
  expect(arnCandidates(identity, arn)[0]).toEqual({ mesh: { owner: '123456789012', mesh }, ref });
});

it('names meshes and proxies for snapshots', () => {
  expect(meshId({ owner: '123456789012', mesh })).toBe('123456789012/apps');
  expect(proxyName({ kind: 'virtualNode', mesh, name: 'n' })).toBe('virtualNode/n');
  expect(proxyName({ kind: 'virtualGateway', mesh, name: 'g' })).toBe('virtualGateway/g');
});

describe('arnCandidates', () => {
  const arn = (path: string): string => `arn:aws:appmesh:us-east-1:123456789012:mesh/${path}`;

  it('reads names with slashes in every way they can be meant', () => {
    const kinds: readonly Kind[] = ['mesh', 'virtualNode', 'virtualRouter', 'virtualService', 'virtualGateway', 'route', 'gatewayRoute'];
    const names = fc.array(fc.constantFrom('a', 'b', 'virtualNode', 'virtualGateway', 'gatewayRoute'), { minLength: 1, maxLength: 3 });
    const name = names.map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.constantFrom(...kinds), name, name, name, (kind, meshName, parent, own) => {
        const isNested = kind === 'route' || kind === 'gatewayRoute';
        const ref: Ref = { kind, mesh: meshName, name: kind === 'mesh' ? meshName : own, ...(isNested && { parent }) };
        const candidates = arnCandidates(identity, arnOf(identity, '123456789012', ref)).map((candidate) => candidate.ref);
        expect(candidates).toContainEqual(ref);
        expect(candidates.length).toBeLessThanOrEqual(16);
      }),
    );
  });

  it('takes the reading with the fewest slashes in names for the likeliest', () => {
    expect(arnCandidates(identity, arn('a/virtualNode/b')).map(({ ref }) => ref)).toEqual([
      { kind: 'virtualNode', mesh: 'a', name: 'b' },
      { kind: 'mesh', mesh: 'a/virtualNode/b', name: 'a/virtualNode/b' },
    ]);
  });

  it('reads the longest names', () => {
    const name = '😀'.repeat(255);
    const ref: Ref = { kind: 'gatewayRoute', mesh: name, name, parent: name };
    expect(arnCandidates(identity, arnOf(identity, '123456789012', ref))).toEqual([{ mesh: { owner: '123456789012', mesh: name }, ref }]);
  });

  it('has few readings for what is made of kinds and slashes, and none for what is longer than any names', () => {
    const kinds = '/virtualRouter/route'.repeat(1_000);
    expect(arnCandidates(identity, arn(`a${kinds.slice(0, 500)}`)).length).toBeLessThanOrEqual(16);
    expect(() => arnCandidates(identity, arn(`a${kinds}`))).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });

  it.each([undefined, 7, '', 'mesh/apps', arn(''), 'arn:aws:ecs:us-east-1:123456789012:mesh/apps', arn('.')])('refuses %j', (input) => {
    expect(() => arnCandidates(identity, input)).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });

  it.each([
    ['account', 'arn:aws:appmesh:us-east-1:210987654321:mesh/apps'],
    ['region', 'arn:aws:appmesh:eu-west-1:123456789012:mesh/apps'],
    ['partition', 'arn:aws-cn:appmesh:us-east-1:123456789012:mesh/apps'],
  ])('refuses the ARN of another %s', (part, foreign) => {
    const message = expect.stringMatching(`^resourceArn names ${part} `);
    expect(() => arnCandidates(identity, foreign)).toThrow(expect.objectContaining({ code: 'Forbidden', message }));
  });
});

describe('parseName', () => {
  it.each(['a', 'a/b c.local', '%2F', '...', 'ä😀', 'x'.repeat(255), '😀'.repeat(255)])('takes %s', (name) => {
    expect(parseName('meshName', name)).toBe(name);
  });

  it.each([undefined, null, 7, '', '.', '..', 'a\\b', 'a\0b', 'a\nb', 'a\u007fb', '\ud800', 'x'.repeat(256)])('refuses %j', (name) => {
    expect(() => parseName('meshName', name)).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringMatching(/^meshName is /) }),
    );
  });
});
