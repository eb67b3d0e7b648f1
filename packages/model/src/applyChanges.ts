import { abovesOf, parentOf } from './above.ts';
import { arnOf } from './arn.ts';
import type { RequestedChange, SpecChange } from './change.ts';
import { MeshError } from './errors.ts';
import type { Identity } from './identity.ts';
import { checkCount, checkLists, type Quotas, quotaProfiles } from './quotas.ts';
import { isA, referencesOf } from './references.ts';
import type { MeshKey, Ref, Resource, Specs } from './resource.ts';
import { checkDeletion } from './rules/deletion.ts';
import { checkGateway, checkGatewayRoute } from './rules/gatewayRoute.ts';
import { checkRoute, checkRouter } from './rules/route.ts';
import { checkVirtualServiceName } from './rules/virtualService.ts';
import { named, notPresent, place } from './rules/wording.ts';
import type { Change } from './store.ts';
import { mergeTags, withoutTags } from './tag.ts';
import { type MeshView, OverlayView, resourceKey } from './view.ts';

/** What a change is made with, besides the mesh it is made to. */
export interface ChangeContext {
  readonly mesh: MeshKey;
  readonly identity: Identity;
  /** Epoch milliseconds. */
  readonly now: number;
  newUid(): string;
  /** `generous` unless given. */
  readonly quotas?: Quotas;
}

/** A request turned into what a commit stores and what the caller is answered. */
export interface AppliedChanges {
  readonly changes: readonly Change[];
  /** One per requested change; the last object for a delete. */
  readonly answers: readonly Resource[];
}

/**
 * Turns a request into changes of the mesh as `view` shows it, judged on the state that would result:
 * what a request creates, its other changes may name.
 * @throws MeshError `BadRequest`, `Conflict`, `NotFound`, `ResourceInUse`, `LimitExceeded`, `TooManyTags`.
 */
export function applyChanges(view: MeshView, requested: readonly RequestedChange[], context: ChangeContext): AppliedChanges {
  refuseRepeated(requested);
  const applied = requested.map((change) => applyChange(view, change, context));
  const result = new OverlayView(view, applied);
  for (const [index, change] of applied.entries()) {
    const action = requested[index]?.action;
    // Tags break no rule, and what others have changed since may not keep anyone from tagging.
    if (action !== 'tag' && action !== 'untag') checkChange(result, change, context);
  }
  return { changes: applied, answers: applied.map(answerOf) };
}

function refuseRepeated(requested: readonly RequestedChange[]): void {
  const seen = new Set<string>();
  for (const { ref } of requested) {
    const key = resourceKey(ref);
    if (seen.has(key)) throw new MeshError('BadRequest', `${named(ref)} occurs twice in one request: send one change for it.`, { ref });
    seen.add(key);
  }
}

function applyChange(view: MeshView, change: RequestedChange, context: ChangeContext): Change {
  const { ref } = change;
  if (change.action === 'create') return applyCreate(view, change, context);
  const before = view.get(ref);
  if (before === undefined) {
    // Tell of the first thing missing: without its mesh or its router, a resource is not what to create next.
    for (const above of abovesOf(ref)) if (view.get(above) === undefined) throw notPresent(context.mesh, above);
    throw notPresent(context.mesh, ref);
  }
  if (change.action === 'delete') return { ref, before };
  if (change.action === 'tag') return { ref, before, after: { ...before, tags: mergeTags(before, change.tags) } };
  if (change.action === 'untag') return { ref, before, after: { ...before, tags: withoutTags(before.tags, change.tagKeys) } };
  const metadata = { ...before.metadata, version: before.metadata.version + 1, lastUpdatedAt: context.now };
  return { ref, before, after: { ...before, spec: change.spec ?? before.spec, metadata } };
}

function applyCreate(view: MeshView, { ref, spec, tags = [] }: SpecChange, context: ChangeContext): Change {
  if (view.get(ref) !== undefined) {
    const message = `${named(ref)} already exists ${place(context.mesh, ref)}: choose another name, or update it.`;
    throw new MeshError('Conflict', message, { ref });
  }
  return { ref, after: { ref, spec: spec ?? emptySpec, metadata: firstMetadata(ref, context), tags } };
}

const emptySpec: Specs['mesh'] = {};

function firstMetadata(ref: Ref, { identity, mesh, newUid, now }: ChangeContext): Resource['metadata'] {
  return {
    arn: arnOf(identity, mesh.owner, ref),
    uid: newUid(),
    version: 1,
    createdAt: now,
    lastUpdatedAt: now,
    meshOwner: mesh.owner,
    resourceOwner: identity.account,
  };
}

function answerOf({ before, after, ref }: Change): Resource {
  const answer = after ?? before;
  if (answer === undefined) throw new Error(`change of ${resourceKey(ref)} has neither before nor after`);
  return answer;
}

function checkChange(result: MeshView, { ref, before, after }: Change, { mesh, quotas = quotaProfiles.generous }: ChangeContext): void {
  if (after === undefined) {
    checkDeletion(result, mesh, ref);
    return;
  }
  for (const above of abovesOf(ref)) if (result.get(above) === undefined) throw notPresent(mesh, above);
  for (const reference of referencesOf(after)) {
    if (result.get(reference.ref) !== undefined) continue;
    throw new MeshError('NotFound', `${named(reference.ref)} is missing: ${reference.field} names it, create it first.`, { ref });
  }
  if (before === undefined) checkCount(quotas, result, ref);
  checkLists(quotas, after, before);
  if (isA(after, 'virtualService') && before === undefined) checkVirtualServiceName(result, after.ref);
  checkListeners(result, after);
}

function checkListeners(result: MeshView, resource: Resource): void {
  if (isA(resource, 'virtualRouter')) checkRouter(result, resource);
  if (isA(resource, 'virtualGateway')) checkGateway(result, resource);
  if (isA(resource, 'route')) {
    const router = result.get(parentOf(resource.ref));
    if (router !== undefined) checkRoute(result, resource, router);
  }
  if (isA(resource, 'gatewayRoute')) {
    const gateway = result.get(parentOf(resource.ref));
    if (gateway !== undefined) checkGatewayRoute(result, resource, gateway);
  }
}
