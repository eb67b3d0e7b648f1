import type { Head } from '@meshwright/snapshot';
import { expect, it } from 'vitest';
import { fromRow, toRow } from './headRow.ts';

const latest = { version: { epoch: 2, n: 2n ** 70n, build: 3 }, key: `2.1.3-${'0'.repeat(32)}`, content: 'c' };
const head: Head = { mesh: '1/a', rev: 2n ** 60n, latest, serving: latest };

/** As the table gives it back: its numbers are bigints. */
function stored(changes: object = {}, from = head): Record<string, unknown> {
  return { mesh: from.mesh, ...toRow(from, 'w'), format: 1n, ...changes };
}

it('reads what it wrote, with a parent and without', () => {
  expect(fromRow(stored())).toEqual(head);
  const second = { ...head, parent: 'p' };
  expect(fromRow(stored({}, second))).toEqual(second);
  const holding = { ...head, held: [{ typeUrl: 't', name: 'n', hash: 'h' }] };
  expect(fromRow(stored({}, holding))).toEqual(holding);
});

it('reads what a newer build wrote beside it', () => {
  expect(fromRow(stored({ later: 'added' }))).toEqual(head);
});

it.each([
  ['of a newer format', { format: 2n }, 'otherFormat'],
  ['without a format', { format: undefined }, 'otherFormat'],
  ['without its name', { name: undefined }, 'corrupt'],
  ['without a rev', { rev: undefined }, 'corrupt'],
  ['without a latest', { latest: undefined }, 'corrupt'],
  ['with a version that is none', { serving: { ...latest, version: '1.2' } }, 'corrupt'],
  ['without a key', { latest: { version: '1.2.3', content: 'c' } }, 'corrupt'],
  ['with a parent that is no text', { parent: 7n }, 'corrupt'],
  ['that holds what is no resource', { held: [{ name: 'n' }] }, 'corrupt'],
])('refuses a row %s', (_, changes, reason) => {
  expect(() => fromRow(stored(changes))).toThrow(expect.objectContaining({ name: 'SnapshotUnreadable', reason, key: 'head of 1/a' }));
});
