import fc from 'fast-check';
import { expect, it } from 'vitest';
import { folderName } from './folderName.ts';

it('is readable, and fits any file system and object store', () => {
  expect(folderName('123456789012/apps')).toMatch(/^123456789012-apps-[0-9a-f]{32}$/);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (mesh) => {
      expect(folderName(mesh)).toMatch(/^[a-z0-9-]{1,81}$/);
    }),
  );
});

it.each([
  ['1/A', '1/a'],
  ['1/a/b', '1/a-b'],
  ['1/\ud800', '1/\ud801'],
  ['1/ü', '1/u\u0308'],
])('tells %j from %j, whatever the case the system heeds', (one, other) => {
  expect(folderName(one).toLowerCase()).not.toBe(folderName(other).toLowerCase());
});
