import type { Kind, MeshKey, Ref, Resource, Specs } from '../resource.ts';
import type { Change, CommitInfo, TokenClaim } from '../store.ts';

/** The mesh that tests write to. */
export const APPS: MeshKey = { owner: '123456789012', mesh: 'apps' };

/** Names a resource of the mesh `apps`. */
export function refTo<K extends Kind>(kind: K, name: string, parent?: string): Ref<K> {
  return { kind, mesh: APPS.mesh, name, ...(parent !== undefined && { parent }) };
}

/** A resource as a store takes it; `version` also shows in its uid, so that two of them differ. */
export function resource<K extends Kind>(ref: Ref<K>, spec: Specs[K], version = 1, owner: string = APPS.owner): Resource<K> {
  const metadata = {
    arn: `arn:aws:appmesh:us-east-1:${owner}:mesh/${ref.mesh}`,
    uid: `${ref.kind}-${ref.name}`,
    version,
    createdAt: 1,
    lastUpdatedAt: version,
    meshOwner: owner,
    resourceOwner: owner,
  };
  return { ref, spec, metadata, tags: [] };
}

/** An existing mesh `apps`. */
export function meshResource(version = 1): Resource<'mesh'> {
  return resource(refTo('mesh', APPS.mesh), {}, version);
}

/** A virtual node of the mesh `apps`. */
export function nodeResource(name: string, version = 1): Resource<'virtualNode'> {
  return resource(refTo('virtualNode', name), { serviceDiscovery: { dns: { hostname: `${name}.apps.local` } } }, version);
}

/** Who commits in tests; `at` is the commit's time in epoch milliseconds. */
export function commitInfo(writeId: string, at = 1_000, token?: TokenClaim): CommitInfo {
  return { writeId, at, author: 'tests', source: 'Test', ...(token && { token }) };
}

/** The change that puts a resource into its mesh. */
export function created(after: Resource): Change {
  return { ref: after.ref, after };
}
