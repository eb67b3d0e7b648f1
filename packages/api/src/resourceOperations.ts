import {
  abovesOf,
  notPresent,
  type Page,
  parseName,
  parseSpec,
  parseTags,
  type Ref,
  type RequestedChange,
  type Resource,
} from '@meshwright/model';
import { type Address, addressOf, meshOwner } from './address.ts';
import { writeToken } from './clientToken.ts';
import { firstMissing } from './missing.ts';
import type { Call, Operation, OperationParts } from './operation.ts';
import { nextTokenAfter, pageQuery } from './paging.ts';
import { listItem, resourceAnswer } from './resourceAnswers.ts';
import type { ResourceKind } from './resourceKind.ts';

/** Items of a page when the request has no `limit`, and the most it may ask for; the App Mesh model has both as 100. */
const MAX_PAGE_ITEMS = 100;

/** Create, Describe, Update, Delete and List of one kind. */
export function resourceOperations(kind: ResourceKind): readonly Operation[] {
  const item = `${kind.collection}/:${kind.nameField}`;
  return [
    { name: `Create${kind.title}`, method: 'PUT', path: kind.collection, run: (parts, call) => create(kind, parts, call) },
    { name: `Describe${kind.title}`, method: 'GET', path: item, run: (parts, call) => describe(kind, parts, call) },
    { name: `Update${kind.title}`, method: 'PUT', path: item, run: (parts, call) => update(kind, parts, call) },
    { name: `Delete${kind.title}`, method: 'DELETE', path: item, run: (parts, call) => remove(kind, parts, call) },
    { name: `List${kind.titles}`, method: 'GET', path: kind.collection, run: (parts, call) => list(kind, parts, call) },
  ];
}

async function create(kind: ResourceKind, parts: OperationParts, call: Call): Promise<object> {
  const { mesh, ref } = addressOf(kind, parts, call, call.body[kind.nameField]);
  const change: RequestedChange = { action: 'create', ref, spec: parseSpec(kind.kind, call.body.spec), tags: parseTags(call.body.tags) };
  return resourceAnswer(kind, await write(parts, call, mesh, change), 'ACTIVE');
}

async function describe(kind: ResourceKind, parts: OperationParts, call: Call): Promise<object> {
  const { mesh, ref } = addressOf(kind, parts, call, call.param(kind.nameField));
  const resource = await parts.store.get(mesh, ref);
  if (resource !== undefined) return resourceAnswer(kind, resource, 'ACTIVE');
  throw (await firstMissing(parts.store, mesh, abovesOf(ref))) ?? notPresent(mesh, ref);
}

async function update(kind: ResourceKind, parts: OperationParts, call: Call): Promise<object> {
  const { mesh, ref } = addressOf(kind, parts, call, call.param(kind.nameField));
  const change: RequestedChange = { action: 'update', ref, spec: parseSpec(kind.kind, call.body.spec) };
  return resourceAnswer(kind, await write(parts, call, mesh, change), 'ACTIVE');
}

async function remove(kind: ResourceKind, parts: OperationParts, call: Call): Promise<object> {
  const { mesh, ref } = addressOf(kind, parts, call, call.param(kind.nameField));
  return resourceAnswer(kind, await write(parts, call, mesh, { action: 'delete', ref }), 'DELETED');
}

async function list(kind: ResourceKind, parts: OperationParts, call: Call): Promise<object> {
  const { items, next } = await page(kind, parts, call);
  return {
    [kind.listField]: items.map((resource) => listItem(kind, resource)),
    ...(next !== undefined && { nextToken: nextTokenAfter(next, call.path) }),
  };
}

async function page(kind: ResourceKind, { store, identity }: OperationParts, call: Call): Promise<Page<Resource>> {
  const wanted = pageQuery(call.query, call.path, MAX_PAGE_ITEMS);
  const owner = meshOwner(call.query.get('meshOwner'), identity.account);
  if (kind.kind === 'mesh') return store.listMeshes(owner, wanted);
  const mesh = { owner, mesh: parseName('meshName', call.param('meshName')) };
  const parent = kind.parent && parseName(kind.parent.nameField, call.param(kind.parent.nameField));
  call.about([mesh.mesh, ...(parent === undefined ? [] : [parent])]);
  const found = await store.list(mesh, kind.kind, parent, wanted);
  // An item proves that what it lies in exists; an empty page does not.
  const child: Ref = { kind: kind.kind, mesh: mesh.mesh, name: '', ...(parent !== undefined && { parent }) };
  const missing = found.items.length === 0 ? await firstMissing(store, mesh, abovesOf(child)) : undefined;
  if (missing !== undefined) throw missing;
  return found;
}

async function write({ writer, identity }: OperationParts, call: Call, mesh: Address['mesh'], change: RequestedChange): Promise<Resource> {
  const token = change.action === 'delete' ? undefined : writeToken(call, identity.account, [change.ref, change.spec, change.tags]);
  const { answers, generation } = await writer.write({
    mesh,
    changes: [change],
    writeId: call.requestId,
    author: identity.account,
    source: call.operation,
    ...(token && { token }),
  });
  call.wrote(generation);
  const [answer] = answers;
  if (answer === undefined) throw new Error(`The writer answered ${call.operation} without the resource.`);
  return answer;
}
