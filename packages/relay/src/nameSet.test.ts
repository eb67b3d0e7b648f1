import { describe, expect, it } from 'vitest';
import { NameSets } from './nameSet.ts';

const NAME_BYTES = 1_000;
const long = (first: string): readonly string[] => [first.padEnd(NAME_BYTES, '.')];

describe('lists of names', () => {
  it('are one object when they are equal, in whatever order they came', () => {
    const sets = new NameSets();
    expect(sets.of(['b', 'a', 'b'])).toBe(sets.of(['a', 'b']));
    expect(sets.of([])).toBe(sets.none);
  });

  it('are kept up to a number of bytes, the least recently used goes first', () => {
    const sets = new NameSets(4 * NAME_BYTES);
    const [a, b, c] = [sets.of(long('a')), sets.of(long('b')), sets.of(long('c'))];
    expect(sets.of(long('a'))).toBe(a);
    expect(sets.of(long('d')).names.size).toBe(1);
    expect(sets.of(long('a'))).toBe(a);
    expect(sets.of(long('c'))).toBe(c);
    expect(sets.of(long('b'))).not.toBe(b);
  });

  it('that are larger than all that is kept are answered, and not kept', () => {
    const sets = new NameSets(NAME_BYTES);
    const small = sets.of(['a']);
    const large = sets.of(long('a'));
    expect([...large.names]).toEqual(long('a'));
    expect(sets.of(long('a'))).not.toBe(large);
    expect(sets.of(['a'])).toBe(small);
  });
});
