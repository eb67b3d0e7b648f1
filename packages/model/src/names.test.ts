import { describe, expect, it } from 'vitest';
import { arnOf } from './arn.ts';
import { meshId, parseName, proxyName, resourcePath } from './names.ts';
import type { Ref } from './resource.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const mesh = 'apps';

it.each<[Ref, string, string]>([
  [{ kind: 'mesh', mesh, name: mesh }, '', 'mesh/apps'],
  [{ kind: 'virtualNode', mesh, name: 'n' }, 'virtualNode/n', 'mesh/apps/virtualNode/n'],
  [{ kind: 'virtualRouter', mesh, name: 'r' }, 'virtualRouter/r', 'mesh/apps/virtualRouter/r'],
  [{ kind: 'route', mesh, name: 'x', parent: 'r' }, 'virtualRouter/r/route/x', 'mesh/apps/virtualRouter/r/route/x'],
  [{ kind: 'virtualService', mesh, name: 's.local' }, 'virtualService/s.local', 'mesh/apps/virtualService/s.local'],
])('spells %o as App Mesh does', (ref, path, resource) => {
  expect(resourcePath(ref)).toBe(path);
  expect(arnOf(identity, '123456789012', ref)).toBe(`arn:aws:appmesh:us-east-1:123456789012:${resource}`);
});

it('names meshes and proxies for snapshots', () => {
  expect(meshId({ owner: '123456789012', mesh })).toBe('123456789012/apps');
  expect(proxyName({ kind: 'virtualNode', mesh, name: 'n' })).toBe('virtualNode/n');
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
