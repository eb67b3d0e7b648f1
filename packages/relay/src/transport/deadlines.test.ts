import { expect, it } from 'vitest';
import { FakeTime } from '../testing/harness.ts';
import { Deadlines } from './deadlines.ts';
import { spreadAgeMillis } from './spreadAge.ts';

it('expire one by one, in order, by one timer; what was deleted or started anew does not', async () => {
  const time = new FakeTime();
  const expired: string[] = [];
  const deadlines = new Deadlines<string>(time, 100, (item) => expired.push(`${item}@${time.now()}`));
  deadlines.start('a');
  deadlines.start('b');
  await time.advance(40);
  deadlines.start('c');
  deadlines.start('a');
  deadlines.delete('b');
  expect(time.pending).toBe(1);
  await time.advance(1_000);
  expect(expired).toEqual(['c@140', 'a@140']);
  expect([time.pending, deadlines.size]).toEqual([0, 0]);
});

it('ages of connections lie 20 % around what is set, so that those that came together do not go together', () => {
  const ages = Array.from({ length: 1_000 }, (_, step) => spreadAgeMillis(1_800_000, () => step / 1_000));
  expect([Math.min(...ages), Math.max(...ages)]).toEqual([1_440_000, 2_159_000]);
  expect(new Set(ages).size).toBeGreaterThan(500);
});
