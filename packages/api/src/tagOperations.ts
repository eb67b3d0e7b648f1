import { abovesOf, MeshError, notPresent, parseArn, parseTagKeys, parseTags, type RequestedChange, type Resource } from '@meshwright/model';
import { meshOwner, namesOf } from './address.ts';
import { firstMissing } from './missing.ts';
import type { Call, Operation, OperationParts } from './operation.ts';
import { nextTokenAfter, pageQuery } from './paging.ts';

/** Tags of a page when the request has no `limit`, and the most it may ask for; the App Mesh model has both as 50. */
const MAX_PAGE_TAGS = 50;

/** ListTagsForResource, TagResource and UntagResource: the resource is named by its ARN in the query. */
export const tagOperations: readonly Operation[] = [
  { name: 'ListTagsForResource', method: 'GET', path: '/tags', run: listTags },
  {
    name: 'TagResource',
    method: 'PUT',
    path: '/tag',
    run: (parts, call) => write(parts, call, ({ ref }) => ({ action: 'tag', ref, tags: parseTags(given(call, 'tags')) })),
  },
  {
    name: 'UntagResource',
    method: 'PUT',
    path: '/untag',
    run: (parts, call) => write(parts, call, ({ ref }) => ({ action: 'untag', ref, tagKeys: parseTagKeys(given(call, 'tagKeys')) })),
  },
];

async function listTags(parts: OperationParts, call: Call): Promise<object> {
  const { tags, metadata } = await taggedResource(parts, call);
  // Of one resource, however its ARN was written.
  const listing = `${call.path} ${metadata.arn}`;
  const wanted = pageQuery(call.query, listing, MAX_PAGE_TAGS);
  // From the beginning again when that tag was removed since: one told twice does less harm than one never told.
  const from = tags.findIndex(({ key }) => key === wanted.after) + 1;
  const page = tags.slice(from, from + wanted.limit);
  const last = page.at(-1);
  const isMore = last !== undefined && from + page.length < tags.length;
  return { tags: page, ...(isMore && { nextToken: nextTokenAfter(last.key, listing) }) };
}

async function write(parts: OperationParts, call: Call, changeOf: (resource: Resource) => RequestedChange): Promise<object> {
  const resource = await taggedResource(parts, call);
  const { generation } = await parts.writer.write({
    mesh: { owner: resource.metadata.meshOwner, mesh: resource.ref.mesh },
    changes: [changeOf(resource)],
    writeId: call.requestId,
    author: parts.identity.account,
    source: call.operation,
  });
  call.wrote(generation);
  return {};
}

/** The resource that `resourceArn` names. */
async function taggedResource({ store, identity }: OperationParts, call: Call): Promise<Resource> {
  meshOwner(call.query.get('meshOwner'), identity.account);
  const { mesh, ref } = parseArn(identity, call.query.get('resourceArn'));
  call.about(namesOf(ref));
  const resource = await store.get(mesh, ref);
  if (resource !== undefined) return resource;
  throw (await firstMissing(store, mesh, abovesOf(ref))) ?? notPresent(mesh, ref);
}

/** A member that these operations cannot do without, while a Create can. */
function given(call: Call, member: 'tags' | 'tagKeys'): unknown {
  const value = call.body[member];
  if (value !== undefined) return value;
  throw new MeshError('BadRequest', `${member} is missing but must be given: add it, as a list.`);
}
