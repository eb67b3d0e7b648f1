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

it.each<LogFormat>(['text', 'json'])('%s: writes one line per entry that shows what is in it, whatever a caller put there', (format) => {
  const text = 'a\nb\r\u001b[2Jc\u0085d\u2028e\u202ef\u{e0041}g';
  const line = lineOf(format, text, { text });
  expect(line.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu)).toEqual(['\n']);
  const written = /a.*g/.exec(line)?.[0] ?? '';
  expect(written).toContain('\\u202ef\\udb40\\udc41g');
  if (format === 'json') expect(JSON.parse(line).text).toBe(text);
});

it('writes fields for machines, generations included', () => {
  expect(JSON.parse(lineOf('json', 'done', { n: 7n, millis: 1.23456 }))).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    area: 'api',
    level: 'info',
    text: 'done',
    n: '7',
    millis: 1.235,
  });
});
