import { describe, expect, it } from 'vitest';
import { nextTokenAfter, pageRequest } from './paging.ts';

const listing = '/v20190125/meshes/apps/virtualNodes';
const query = (members: Record<string, string>) => new Map(Object.entries(members));

describe('pageRequest', () => {
  it('asks for 100 items from the beginning when nothing is said', () => {
    expect(pageRequest(query({}), listing)).toEqual({ limit: 100 });
  });

  it('goes on after the name its own token carries', () => {
    const nextToken = nextTokenAfter('a/b ü', listing);
    expect(pageRequest(query({ limit: '7', nextToken }), listing)).toEqual({ limit: 7, after: 'a/b ü' });
  });

  it.each(['0', '101', '-1', '1.5', '1e1', '', 'ten', ' 5', '99999999999999999999'])('refuses the limit %j', (limit) => {
    expect(() => pageRequest(query({ limit }), listing)).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });

  it.each([
    ['empty', ''],
    ['not base64url', '&&&'],
    ['not JSON', Buffer.from('x').toString('base64url')],
    ['of another shape', Buffer.from('{"after":"a"}').toString('base64url')],
    ['without a name', Buffer.from('["x"]').toString('base64url')],
    ['of another listing', nextTokenAfter('a', '/v20190125/meshes/other/virtualNodes')],
  ])('refuses a token that is %s', (_what, nextToken) => {
    expect(() => pageRequest(query({ nextToken }), listing)).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining('nextToken is not one that this listing gave') }),
    );
  });
});
