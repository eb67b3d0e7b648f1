import type { MeshKey, Ref } from '@meshwright/model';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { accountMeshKey, logPartition, logSortKey, meshOfLogPartition, resourceItemKey, resourceSortKey, siblingsPrefix } from './keys.ts';

const numRuns = 300 * inject('effort');

// What keys are made of and more: `#`, digits and dots separate, the rest sorts differently in UTF-16 and UTF-8, or is long.
const character = fc.constantFrom('#', '~', '.', '/', '0', '1', '2', 'a', 'A', 'ä', '\uffee', '😀', '\u{10ffff}');
const name = fc.oneof(
  fc.array(character, { minLength: 1, maxLength: 4 }).map((characters) => characters.join('')),
  fc
    .tuple(fc.constantFrom('a', 'ä', '😀'), fc.nat(254), fc.array(character, { minLength: 1, maxLength: 2 }))
    .map(([filling, count, end]) => [...filling.repeat(count), ...end].slice(0, 255).join('')),
);
const mesh = fc.record<MeshKey>({ owner: fc.constantFrom('123456789012', '1', '12'), mesh: name });
const ref = fc.oneof(
  fc.record<Ref>({ kind: fc.constantFrom('mesh', 'virtualNode', 'virtualRouter'), mesh: fc.constant('m'), name }),
  fc.record<Ref>({ kind: fc.constantFrom('route', 'gatewayRoute'), mesh: fc.constant('m'), parent: name, name }),
);

describe('a key', () => {
  it('is another one for each resource of each mesh', () => {
    fc.assert(
      fc.property(mesh, ref, mesh, ref, (mesh1, ref1, mesh2, ref2) => {
        const same = JSON.stringify([mesh1, ref1]) === JSON.stringify([mesh2, ref2]);
        expect(keyText(mesh1, ref1) === keyText(mesh2, ref2)).toBe(same);
      }),
      { numRuns },
    );
  });

  it('fits into what DynamoDB takes, 2048 and 1024 bytes', () => {
    fc.assert(
      fc.property(mesh, ref, (mesh, ref) => {
        for (const { pk, sk } of [resourceItemKey(mesh, ref), accountMeshKey(mesh)]) {
          expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(2048);
          expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(1024);
        }
      }),
      { numRuns },
    );
  });

  it('sorts siblings by the bytes of their names, apart from those that share their first 880', () => {
    fc.assert(
      fc.property(fc.option(name, { nil: undefined }), name, name, (parent, name1, name2) => {
        const [bytes1, bytes2] = [Buffer.from(name1), Buffer.from(name2)];
        fc.pre(!bytes1.subarray(0, 877).equals(bytes2.subarray(0, 877)) || bytes1.length < 877);
        const keyOf = (name: string) => Buffer.from(resourceSortKey({ kind: 'route', mesh: 'm', name, ...(parent && { parent }) }));
        expect(Math.sign(keyOf(name1).compare(keyOf(name2)))).toBe(bytes1.compare(bytes2));
      }),
      { numRuns },
    );
  });

  it("begins with its siblings' prefix, and with nobody else's", () => {
    fc.assert(
      fc.property(ref, ref, (ref1, ref2) => {
        const siblings = ref1.kind === ref2.kind && ref1.parent === ref2.parent;
        expect(resourceSortKey(ref1).startsWith(siblingsPrefix(ref2.kind, ref2.parent))).toBe(siblings);
      }),
      { numRuns },
    );
  });

  it('of a log row sorts by generation and tells its mesh', () => {
    fc.assert(
      fc.property(mesh, fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n), (mesh, g1, g2) => {
        expect(meshOfLogPartition(logPartition(mesh))).toEqual(mesh);
        expect(logSortKey(g1) < logSortKey(g2)).toBe(g1 < g2);
      }),
      { numRuns },
    );
  });
});

function keyText(mesh: MeshKey, ref: Ref): string {
  const { pk, sk } = resourceItemKey(mesh, ref);
  return JSON.stringify([pk, sk]);
}
