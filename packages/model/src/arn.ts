import type { Identity } from './identity.ts';
import { resourcePath } from './names.ts';
import type { Ref } from './resource.ts';

/** ARN of a resource in the meshes of `owner`. */
export function arnOf(identity: Identity, owner: string, ref: Ref): string {
  const path = resourcePath(ref);
  return `arn:${identity.partition}:appmesh:${identity.region}:${owner}:mesh/${ref.mesh}${path === '' ? '' : `/${path}`}`;
}
