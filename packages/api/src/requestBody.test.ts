import { describe, expect, it } from 'vitest';
import { checkHeaderBytes, readJsonBody } from './requestBody.ts';

const put = (body: RequestInit['body'], headers: Record<string, string> = {}) =>
  new Request('http://local/', { method: 'PUT', body, headers, duplex: 'half' } as RequestInit);
const refusal = (message: string) => expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(message) });

describe('readJsonBody', () => {
  it('reads members, null ones being absent, and no body as an empty object', async () => {
    expect(await readJsonBody(put('{"a":1,"b":null}'))).toEqual({ a: 1 });
    expect(await readJsonBody(put(null))).toEqual({});
    expect(await readJsonBody(put(''))).toEqual({});
  });

  it('refuses more than 256 KiB without reading on', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
      },
    });
    await expect(readJsonBody(put(endless))).rejects.toThrow(refusal('more than 262144 bytes (256 KiB)'));
    expect(sent).toBeLessThan(10);
  });

  it('reads 256 KiB exactly', async () => {
    expect(await readJsonBody(put(`{}${' '.repeat(256 * 1024 - 2)}`))).toEqual({});
  });

  it('takes a connection that breaks for the fault of its sender', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) });
    await expect(readJsonBody(put(broken))).rejects.toThrow(refusal('ended before the whole body'));
  });

  it.each([
    ['encoded', '{}', { 'content-encoding': 'gzip' }, 'Content-Encoding "gzip"'],
    ['encoded for the way', '{}', { 'transfer-encoding': 'gzip, chunked' }, 'Transfer-Encoding "gzip, chunked"'],
    ['announced as too large', '{}', { 'content-length': '300000' }, 'more than 262144 bytes'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 'not UTF-8'],
    ['a list', '[]', {}, 'body is [], not a JSON object'],
    ['null', 'null', {}, 'not a JSON object'],
    ['not JSON', '{', {}, 'cannot be read as JSON'],
  ])('refuses a body that is %s', async (_what, body, headers, message) => {
    await expect(readJsonBody(put(body, headers))).rejects.toThrow(refusal(message));
  });
});

describe('checkHeaderBytes', () => {
  it('takes 16 KiB and refuses more', () => {
    const value = 'v'.repeat(16 * 1024 - 'name'.length - 4);
    expect(() => checkHeaderBytes(new Headers({ name: value }))).not.toThrow();
    expect(() => checkHeaderBytes(new Headers({ name: `${value}v` }))).toThrow(refusal('have 16385 bytes, "name" alone 16385;'));
  });
});
