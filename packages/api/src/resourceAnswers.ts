import type { Resource } from '@meshwright/model';
import { nameMembers, type ResourceKind } from './resourceKind.ts';

/** The body of Create, Describe, Update and Delete: the resource itself, bare; the AWS CLI wraps it on screen. */
export function resourceAnswer(kind: ResourceKind, resource: Resource, status: 'ACTIVE' | 'DELETED'): object {
  const { arn, uid, version, createdAt, lastUpdatedAt, meshOwner, resourceOwner } = resource.metadata;
  return {
    ...nameMembers(kind, resource.ref),
    metadata: {
      arn,
      createdAt: epochSeconds(createdAt),
      lastUpdatedAt: epochSeconds(lastUpdatedAt),
      meshOwner,
      resourceOwner,
      uid,
      version,
    },
    spec: resource.spec,
    status: { status },
  };
}

/** One item of a listing: no uid, spec or status. */
export function listItem(kind: ResourceKind, resource: Resource): object {
  const { arn, version, createdAt, lastUpdatedAt, meshOwner, resourceOwner } = resource.metadata;
  return {
    arn,
    createdAt: epochSeconds(createdAt),
    lastUpdatedAt: epochSeconds(lastUpdatedAt),
    ...nameMembers(kind, resource.ref),
    meshOwner,
    resourceOwner,
    version,
  };
}

/** restJson1 timestamps in bodies are epoch seconds; fractions keep the milliseconds. */
function epochSeconds(epochMillis: number): number {
  return epochMillis / 1000;
}
