import { expect, it } from 'vitest';
import { shown } from './violation.ts';

it('shows what was sent cut and escaped, so that it forges no line', () => {
  expect(shown('a\nb\u2028\u202e')).toBe('"a\\nb\\u{2028}\\u{202e}"');
  expect(shown('x'.repeat(500))).toBe(`"${'x'.repeat(60)}…"`);
  expect(shown('\ud800')).toBe('"\ufffd"');
  expect(shown({ a: 'x'.repeat(500) })).toHaveLength(61);
  expect(shown(undefined)).toBe('undefined');
});
