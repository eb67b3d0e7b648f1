import type { Head } from '@meshwright/snapshot';
import { expect, it } from 'vitest';
import { obsoleteKeys } from './retention.ts';

const keyOf = (n: number): string => `1.${n}.1-${String(n).padStart(32, '0')}`;
const keys = Array.from({ length: 120 }, (_, place) => keyOf(place + 1));

function headAt(n: number): Head {
  const latest = { version: { epoch: 1, n: BigInt(n), build: 1 }, key: keyOf(n), content: '' };
  return { mesh: 'm', rev: BigInt(n), latest, serving: latest, parent: keyOf(n - 1) };
}

it('keeps what the objects that stay build on, however old it is, and nothing else beside the newest 50', () => {
  // Two whole objects, 40 and 90, each with changes behind it; another writer's in between.
  const chainOf = (key: string): readonly string[] => {
    const place = keys.indexOf(key);
    const whole = place >= 89 ? 89 : 39;
    return place <= 39 || place === 50 ? [] : keys.slice(whole, place).filter((link) => link !== keyOf(51));
  };
  const gone = obsoleteKeys(keys, headAt(120), chainOf);
  // 71 to 120 are the newest; 71 builds on 40 to 70.
  expect([...gone].toSorted()).toEqual([...keys.slice(0, 39), keyOf(51)].toSorted());
  expect(obsoleteKeys(keys, headAt(120), () => [])).toHaveLength(70);
});
