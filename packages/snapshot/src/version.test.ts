import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, typeVersion } from './hash.ts';
import type { SnapshotVersion } from './snapshot.ts';
import { compareVersions, formatVersion, parseVersion } from './version.ts';

const version = (): fc.Arbitrary<SnapshotVersion> =>
  fc.record({ epoch: fc.nat({ max: 3 }), n: fc.bigInt({ min: 0n, max: 2n ** 64n }), build: fc.nat({ max: 3 }) });

describe('versions', () => {
  it('are read back as they are written', () => {
    expect(formatVersion({ epoch: 2, n: 31n, build: 4 })).toBe('2.31.4');
    fc.assert(
      fc.property(version(), (any) => {
        expect(parseVersion(formatVersion(any))).toEqual(any);
      }),
    );
  });

  it.each(['', '1.2', '1.2.3.4', '01.2.3', '1.-2.3', '1.2.3 ', 'a.b.c', `1.2.${'9'.repeat(20)}`])('are not read from "%s"', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  it('are ordered by epoch, then n as a number, then build', () => {
    const ordered = ['1.2.1', '1.2.2', '1.10.1', '1.9007199254740993.0', '1.9007199254740994.0', '2.1.1'];
    const versions = ordered.flatMap((text) => parseVersion(text) ?? []);
    expect(versions.toReversed().toSorted(compareVersions).map(formatVersion)).toEqual(ordered);
    fc.assert(
      fc.property(version(), version(), (a, b) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        expect(compareVersions(a, b) === 0).toBe(formatVersion(a) === formatVersion(b));
      }),
    );
  });
});

describe('hashes', () => {
  it('are the first 128 bits of SHA-256', () => {
    expect(contentHash(new Uint8Array())).toBe('e3b0c44298fc1c149afbf4c8996fb924');
  });

  it('of references depend on every name and content, not on the order', () => {
    const references = new Map([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(typeVersion(new Map([...references].reverse()))).toBe(typeVersion(references));
    const others = [
      new Map([['a', '1']]),
      new Map([
        ['a', '2'],
        ['b', '1'],
      ]),
      new Map([['a', '1"],["b","2']]),
      new Map(),
    ];
    for (const other of others) expect(typeVersion(other)).not.toBe(typeVersion(references));
  });
});
