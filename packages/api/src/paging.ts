import { createHash } from 'node:crypto';
import { MeshError, type PageRequest, shown } from '@meshwright/model';

/** Items of a page when the request has no `limit`, and the most it may ask for; the App Mesh model has both as 100. */
const MAX_PAGE_ITEMS = 100;

/**
 * The page a List request asks for.
 * @param listing path of the listing; a token of one listing is refused by another.
 * @throws MeshError `BadRequest` for a `limit` outside 1 to 100 and for a `nextToken` that this listing did not give.
 */
export function pageRequest(query: ReadonlyMap<string, string>, listing: string): PageRequest {
  const limit = parseLimit(query.get('limit'));
  const nextToken = query.get('nextToken');
  return nextToken === undefined ? { limit } : { limit, after: nameInToken(nextToken, listing) };
}

/** The opaque `nextToken` that makes the next request of this listing start after `name`. */
export function nextTokenAfter(name: string, listing: string): string {
  return Buffer.from(JSON.stringify([listingId(listing), name])).toString('base64url');
}

function parseLimit(limit: string | undefined): number {
  if (limit === undefined) return MAX_PAGE_ITEMS;
  const items = /^\d{1,9}$/.test(limit) ? Number(limit) : 0;
  if (items >= 1 && items <= MAX_PAGE_ITEMS) return items;
  throw new MeshError(
    'BadRequest',
    `limit is ${shown(limit)}; it must be a whole number from 1 to ${MAX_PAGE_ITEMS}. Correct it or leave it out for ${MAX_PAGE_ITEMS}.`,
  );
}

function nameInToken(nextToken: string, listing: string): string {
  const [id, name, ...rest] = decodeToken(nextToken);
  if (id === listingId(listing) && typeof name === 'string' && name !== '' && rest.length === 0) return name;
  throw foreignToken();
}

function decodeToken(nextToken: string): readonly unknown[] {
  if (!/^[\w-]+$/.test(nextToken)) throw foreignToken();
  try {
    const decoded: unknown = JSON.parse(Buffer.from(nextToken, 'base64url').toString());
    return Array.isArray(decoded) ? decoded : [];
  } catch (cause) {
    throw foreignToken(cause);
  }
}

function foreignToken(cause?: unknown): MeshError {
  const message =
    'nextToken is not one that this listing gave. Pass the nextToken of the page before unchanged, or leave it out to start again.';
  return new MeshError('BadRequest', message, { cause });
}

/** Short name of a listing, so that the token stays short however long the names in the path are. */
function listingId(listing: string): string {
  return createHash('sha256').update(listing).digest('base64url').slice(0, 12);
}
