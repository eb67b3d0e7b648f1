import { type Kind, MeshError, type MeshKey, parseName, type Ref, shown } from '@meshwright/model';
import type { Call, OperationParts } from './operation.ts';
import type { ResourceKind } from './resourceKind.ts';
import type { JsonValue } from './strictJson.ts';

/** Names one resource: the mesh it is stored under and its ref there. */
export interface Address<K extends Kind = Kind> {
  readonly mesh: MeshKey;
  readonly ref: Ref<K>;
}

/**
 * The resource a request means, its mesh and parent taken from the path.
 * @param name the resource's own name: from the body for Create, from the path for the others.
 * @throws MeshError `BadRequest` for a name that cannot be one, `Forbidden` for another account's mesh.
 */
export function addressOf<K extends Kind>(
  kind: ResourceKind<K>,
  { identity }: OperationParts,
  call: Call,
  name: JsonValue | undefined,
): Address<K> {
  const owner = meshOwner(call.query.get('meshOwner'), identity.account);
  const ownName = parseName(kind.nameField, name);
  const mesh = kind.kind === 'mesh' ? ownName : parseName('meshName', call.param('meshName'));
  const parent = kind.parent && parseName(kind.parent.nameField, call.param(kind.parent.nameField));
  const ref: Ref<K> = { kind: kind.kind, mesh, name: ownName, ...(parent !== undefined && { parent }) };
  call.about(namesOf(ref));
  return { mesh: { owner, mesh }, ref };
}

/** A resource's names, outermost first. */
export function namesOf({ kind, mesh, parent, name }: Ref): readonly string[] {
  if (kind === 'mesh') return [mesh];
  return parent === undefined ? [mesh, name] : [mesh, parent, name];
}

/**
 * The account whose mesh is meant. Checked on every operation, also where App Mesh ignores it: nobody's mesh is written by mistake.
 * @throws MeshError `BadRequest` for what is no account id, `Forbidden` for another account's.
 */
export function meshOwner(given: string | undefined, account: string): string {
  if (given === undefined || given === account) return account;
  if (!/^\d{12}$/.test(given)) {
    throw new MeshError(
      'BadRequest',
      `meshOwner is ${shown(given)}; it must be an account id of 12 digits. Correct it or leave it out for your own meshes.`,
    );
  }
  throw new MeshError(
    'Forbidden',
    `meshOwner is ${given}, but this request acts for account ${account}, and no mesh of another account is shared with it. Leave meshOwner out for your own meshes.`,
  );
}
