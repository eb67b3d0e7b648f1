import { parentKind } from './above.ts';
import { MeshError } from './errors.ts';
import type { Identity } from './identity.ts';
import { parseName, resourcePath } from './names.ts';
import { KINDS_IN_MESH } from './ref.ts';
import type { Kind, MeshKey, Ref } from './resource.ts';
import { shown } from './schema/violation.ts';

/** ARN of a resource in the meshes of `owner`. */
export function arnOf(identity: Identity, owner: string, ref: Ref): string {
  const path = resourcePath(ref);
  return `arn:${identity.partition}:appmesh:${identity.region}:${owner}:mesh/${ref.mesh}${path === '' ? '' : `/${path}`}`;
}

/** The resource that an ARN names. */
export interface ArnTarget {
  readonly mesh: MeshKey;
  readonly ref: Ref;
}

const ARN = /^arn:(?<partition>[^:]*):appmesh:(?<region>[^:]*):(?<account>[^:]*):mesh\/(?<path>.+)$/s;

/** Most UTF-16 units of one name: 255 characters, each a pair. */
const MAX_NAME_UNITS = 2 * 255;

/** Most UTF-16 units after `mesh/`: three names and the kinds between them. */
const MAX_PATH_UNITS = 3 * MAX_NAME_UNITS + '/virtualGateway//gatewayRoute/'.length;

/**
 * What an ARN of this account, region and partition names. Names may contain `/`, but no kind between slashes, so that there is one
 * reading at most.
 * @throws MeshError `BadRequest` for what is no ARN of a mesh resource, `Forbidden` for another account's, partition's or region's.
 */
export function parseArn(identity: Identity, arn: unknown): ArnTarget {
  const groups = typeof arn === 'string' ? ARN.exec(arn)?.groups : undefined;
  if (groups?.path === undefined || groups.path.length > MAX_PATH_UNITS) throw notAnArn(arn);
  for (const part of ['partition', 'region', 'account'] as const) {
    if (groups[part] === identity[part]) continue;
    const message = `resourceArn names ${part} ${shown(groups[part])}, but this control plane answers for ${part} ${identity[part]}: check the ARN.`;
    throw new MeshError('Forbidden', message);
  }
  const [ref] = readings(groups.path);
  if (ref === undefined) throw notAnArn(arn);
  return { mesh: { owner: identity.account, mesh: ref.mesh }, ref };
}

function notAnArn(arn: unknown): MeshError {
  const rule = 'the ARN of a mesh or of a resource in one: send the arn that its metadata shows';
  return new MeshError(
    'BadRequest',
    arn === undefined ? `resourceArn is missing but must be ${rule}.` : `resourceArn is ${shown(arn)} but must be ${rule}.`,
  );
}

/** Every way to read a path that gives names a resource can have; two would be a fault of the rule that names are held to. */
export function readings(path: string): readonly Ref[] {
  const below = KINDS_IN_MESH.flatMap((kind) => {
    const between = parentKind(kind);
    return between === undefined ? inMesh(kind, path) : inMesh(between, path).flatMap((above) => inParent(kind, above));
  });
  const inMeshes = below.filter(({ parent = 'none', name }) => [parent, name].every(isName));
  return isName(path) ? [...inMeshes, { kind: 'mesh', mesh: path, name: path }] : inMeshes;
}

/** `M/<kind>/N` for every place where the path can be split so and `M` can be a mesh. */
function inMesh(kind: Kind, path: string): readonly Ref[] {
  return splits(path, kind)
    .filter(([mesh]) => isName(mesh))
    .map(([mesh, name]) => ({ kind, mesh, name }));
}

function inParent(kind: Kind, { mesh, name: path }: Ref): readonly Ref[] {
  return splits(path, kind).map(([parent, name]) => ({ kind, mesh, parent, name }));
}

function splits(text: string, kind: Kind): readonly (readonly [string, string])[] {
  const separator = `/${kind}/`;
  const found: (readonly [string, string])[] = [];
  // From the next character on: separators may overlap, as in `route/route/b`.
  for (let at = text.indexOf(separator); at >= 0 && at <= MAX_NAME_UNITS; at = text.indexOf(separator, at + 1)) {
    found.push([text.slice(0, at), text.slice(at + separator.length)]);
  }
  return found;
}

function isName(text: string): boolean {
  try {
    parseName('name', text);
    return true;
  } catch (error) {
    if (error instanceof MeshError) return false;
    throw error;
  }
}
