import { type MeshKey, type Page, parseName } from '@meshwright/model';
import { meshOwner } from '../address.ts';
import type { Call, OperationParts } from '../operation.ts';
import { nextTokenAfter } from '../paging.ts';

/** Items of a page when the request has no `limit`, and the most it may ask for; as many as App Mesh's listings have. */
export const MAX_PAGE_ITEMS = 100;

/**
 * The mesh that a path below `/v1/meshes/:meshName` means.
 * @throws MeshError `BadRequest` for a name that cannot be one, `Forbidden` for another account's mesh.
 */
export function meshInPath({ identity }: OperationParts, call: Call): MeshKey {
  const owner = meshOwner(call.query.get('meshOwner'), identity.account);
  const mesh = parseName('meshName', call.param('meshName'));
  call.about([mesh]);
  return { owner, mesh };
}

/** The member of an answer that leads to the page after this one; nothing after the last. */
export function nextPage({ next }: Pick<Page<unknown>, 'next'>, { path }: Call): { readonly nextToken?: string } {
  return next === undefined ? {} : { nextToken: nextTokenAfter(next, path) };
}
