import { expect, it } from 'vitest';
import { createLog, type LogFormat } from './log.ts';

const lineOf = (format: LogFormat, text: string, fields = {}): string => {
  const lines: string[] = [];
  createLog(
    format,
    () => 0,
    (line) => lines.push(line),
  )({ area: 'api', text, fields });
  return lines.join('');
};

it('writes one line per entry, whatever a caller put into it', () => {
  const text = 'a\nb\r\u001b[2Jc\u0085d\u2028e';
  expect(lineOf('text', text)).toMatch(/^1970-01-01T00:00:00\.000Z api {5}a\\nb\\r\\u001b\[2Jc\S*d\S*e\n$/);
  expect(lineOf('text', text).match(/\p{Cc}|\u2028/gu)).toEqual(['\n']);
});

it('writes fields for machines, generations included', () => {
  expect(JSON.parse(lineOf('json', 'done', { n: 7n }))).toEqual({ at: '1970-01-01T00:00:00.000Z', area: 'api', text: 'done', n: '7' });
});
