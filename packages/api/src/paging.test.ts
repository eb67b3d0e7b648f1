import { describe, expect, it } from 'vitest';
import { nextTokenAfter, pageQuery } from './paging.ts';

const listing = '/v20190125/meshes/apps/virtualNodes';
const query = (members: Record<string, string>) => new Map(Object.entries(members));

describe('pageQuery', () => {
  it('asks for 100 items from the beginning when nothing is said', () => {
    expect(pageQuery(query({}), listing, 100)).toEqual({ limit: 100 });
  });

  it('goes on after the name its own token carries', () => {
    const nextToken = nextTokenAfter('a/b ü', listing);
    expect(pageQuery(query({ limit: '7', nextToken }), listing, 100)).toEqual({ limit: 7, after: 'a/b ü' });
  });

  it('has as many items at most as the listing says', () => {
    expect(pageQuery(query({}), listing, 50)).toEqual({ limit: 50 });
    expect(() => pageQuery(query({ limit: '51' }), listing, 50)).toThrow('limit is "51"; it must be a whole number from 1 to 50.');
  });

  it.each(['0', '101', '-1', '1.5', '1e1', '', 'ten', ' 5', '99999999999999999999'])('refuses the limit %j', (limit) => {
    expect(() => pageQuery(query({ limit }), listing, 100)).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });

  it.each([
    ['empty', ''],
    ['not base64url', '&&&'],
    ['another text', Buffer.from('x').toString('base64url')],
    ['without an item', nextTokenAfter('', listing)],
    ['of another listing', nextTokenAfter('a', '/v20190125/meshes/other/virtualNodes')],
    ['cut', nextTokenAfter('abc', listing).slice(0, -1)],
    ['longer', `${nextTokenAfter('abc', listing)}A`],
    ['padded', `${nextTokenAfter('a', listing)}=`],
    ['changed in its item', nextTokenAfter('abc', listing).replace(/..$/, 'ZZ')],
    ['changed in its seal', nextTokenAfter('abc', listing).replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
    ['in the base64 of another alphabet', nextTokenAfter('???', listing).replaceAll('_', '/').replaceAll('-', '+').concat('=')],
    ['not even text', '\u{1f600}\0'],
  ])('refuses a token that is %s', (_what, nextToken) => {
    expect(() => pageQuery(query({ nextToken }), listing, 100)).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining('which this listing did not give') }),
    );
  });
});
