import { createHash } from 'node:crypto';
import { MeshError, shown } from '@meshwright/model';

/** Bytes of a token that tie it to its listing: enough that no token passes by chance. */
const SEAL_BYTES = 9;

/** The page a List request asks for. */
export interface PageQuery {
  readonly limit: number;
  /** What the page before ended with; absent for the first. */
  readonly after?: string;
}

/**
 * Reads `limit` and `nextToken`.
 * @param listing what is listed; a token of one listing is refused by another.
 * @param maxItems of one page, and how many it has when the request has no `limit`.
 * @throws MeshError `BadRequest` for a `limit` outside 1 to `maxItems` and for a `nextToken` that this listing did not give.
 */
export function pageQuery(query: ReadonlyMap<string, string>, listing: string, maxItems: number): PageQuery {
  const limit = parseLimit(query.get('limit'), maxItems);
  const nextToken = query.get('nextToken');
  return nextToken === undefined ? { limit } : { limit, after: itemInToken(nextToken, listing) };
}

/** The opaque `nextToken` that makes the next request of this listing go on after `item`. */
export function nextTokenAfter(item: string, listing: string): string {
  // Not a signature: who makes up a token of his own sees nothing that he may not list. It tells mistakes from tokens.
  const seal = createHash('sha256')
    .update(JSON.stringify([listing, item]))
    .digest()
    .subarray(0, SEAL_BYTES);
  return Buffer.concat([seal, Buffer.from(item)]).toString('base64url');
}

function parseLimit(limit: string | undefined, maxItems: number): number {
  if (limit === undefined) return maxItems;
  const items = /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
  if (items >= 1 && items <= maxItems) return items;
  throw new MeshError(
    'BadRequest',
    `limit is ${shown(limit)}; it must be a whole number from 1 to ${maxItems}. Correct it or leave it out for ${maxItems}.`,
  );
}

function itemInToken(nextToken: string, listing: string): string {
  const item = Buffer.from(nextToken, 'base64url').subarray(SEAL_BYTES).toString();
  // Written again and compared: whatever was changed in it, and however it was encoded, shows.
  if (item !== '' && nextTokenAfter(item, listing) === nextToken) return item;
  throw new MeshError(
    'BadRequest',
    `nextToken is ${shown(nextToken)}, which this listing did not give. Pass the nextToken of the page before unchanged, or leave it out to start again.`,
  );
}
