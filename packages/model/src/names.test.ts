import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arnOf, parseArn, readings } from './arn.ts';
import { meshId, parseName, proxyName, resourcePath } from './names.ts';
import { KINDS_IN_MESH } from './ref.ts';
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
  expect(parseArn(identity, arn)).toEqual({ mesh: { owner: '123456789012', mesh }, ref });
});

it('names meshes and proxies for snapshots', () => {
  expect(meshId({ owner: '123456789012', mesh })).toBe('123456789012/apps');
  expect(proxyName({ kind: 'virtualNode', mesh, name: 'n' })).toBe('virtualNode/n');
  expect(proxyName({ kind: 'virtualGateway', mesh, name: 'g' })).toBe('virtualGateway/g');
});

describe('parseArn', () => {
  const arn = (path: string): string => `arn:aws:appmesh:us-east-1:123456789012:mesh/${path}`;

  it('reads every ARN in one way, whatever the names that a resource can have', () => {
    const kinds: readonly Kind[] = ['mesh', ...KINDS_IN_MESH];
    const parts = fc.array(fc.constantFrom('a', 'b', '', ...KINDS_IN_MESH), { minLength: 1, maxLength: 3 });
    const name = parts.map((segments) => segments.join('/')).filter(canBeName);
    fc.assert(
      fc.property(fc.constantFrom(...kinds), name, name, name, (kind, meshName, parent, own) => {
        const isNested = kind === 'route' || kind === 'gatewayRoute';
        const ref: Ref = { kind, mesh: meshName, name: kind === 'mesh' ? meshName : own, ...(isNested && { parent }) };
        const written = arnOf(identity, '123456789012', ref);
        expect(readings(written.slice(arn('').length))).toEqual([ref]);
        expect(parseArn(identity, written).ref).toEqual(ref);
      }),
    );
  });

  it('reads the longest names', () => {
    const name = '😀'.repeat(255);
    const ref: Ref = { kind: 'gatewayRoute', mesh: name, name, parent: name };
    expect(parseArn(identity, arnOf(identity, '123456789012', ref))).toEqual({ mesh: { owner: '123456789012', mesh: name }, ref });
  });

  it.each(['a/virtualRouter/r/route/n/route/m', `a${'/virtualRouter/route'.repeat(20)}`, `a${'/virtualRouter/route'.repeat(1_000)}`])(
    'refuses %.60s, which no resource can have',
    (path) => {
      expect(() => parseArn(identity, arn(path))).toThrow(expect.objectContaining({ code: 'BadRequest' }));
    },
  );

  it.each([undefined, 7, '', 'mesh/apps', arn(''), 'arn:aws:ecs:us-east-1:123456789012:mesh/apps', arn('.')])('refuses %j', (input) => {
    expect(() => parseArn(identity, input)).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });

  it.each([
    ['account', 'arn:aws:appmesh:us-east-1:210987654321:mesh/apps'],
    ['region', 'arn:aws:appmesh:eu-west-1:123456789012:mesh/apps'],
    ['partition', 'arn:aws-cn:appmesh:us-east-1:123456789012:mesh/apps'],
  ])('refuses the ARN of another %s', (part, foreign) => {
    const message = expect.stringMatching(`^resourceArn names ${part} `);
    expect(() => parseArn(identity, foreign)).toThrow(expect.objectContaining({ code: 'Forbidden', message }));
  });
});

describe('parseName', () => {
  it.each(['a', 'a/b c.local', 'route', 'a/routes/b', '%2F', '...', 'ä😀', 'x'.repeat(255), '😀'.repeat(255)])('takes %s', (name) => {
    expect(parseName('meshName', name)).toBe(name);
  });

  it.each([
    undefined,
    null,
    7,
    '',
    '.',
    '..',
    'r/route/n',
    'virtualNode/a',
    'a/virtualNode',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u007fb',
    '\ud800',
    'x'.repeat(256),
  ])('refuses %j', (name) => {
    expect(() => parseName('meshName', name)).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringMatching(/^meshName is /) }),
    );
  });
});

function canBeName(name: string): boolean {
  try {
    return parseName('name', name) === name;
  } catch {
    return false;
  }
}
