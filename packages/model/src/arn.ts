import { parentKind } from './above.ts';
import { MeshError } from './errors.ts';
import type { Identity } from './identity.ts';
import { parseName, resourcePath } from './names.ts';
import type { Kind, MeshKey, Ref } from './resource.ts';
import { shown } from './schema/violation.ts';

/** ARN of a resource in the meshes of `owner`. */
export function arnOf(identity: Identity, owner: string, ref: Ref): string {
  const path = resourcePath(ref);
  return `arn:${identity.partition}:appmesh:${identity.region}:${owner}:mesh/${ref.mesh}${path === '' ? '' : `/${path}`}`;
}

/** A resource that an ARN may mean. */
export interface ArnCandidate {
  readonly mesh: MeshKey;
  readonly ref: Ref;
}

const ARN = /^arn:(?<partition>[^:]*):appmesh:(?<region>[^:]*):(?<account>[^:]*):mesh\/(?<path>.+)$/s;

/** Most UTF-16 units of one name: 255 characters, each a pair. Longer parts are not even tried: readings would multiply. */
const MAX_NAME_UNITS = 2 * 255;

/** Most UTF-16 units after `mesh/`: three names and the kinds between them. */
const MAX_PATH_UNITS = 3 * MAX_NAME_UNITS + '/virtualGateway//gatewayRoute/'.length;

/** Most readings of one ARN. Only names made of kinds and slashes have more, and each costs a look into the store. */
const MAX_CANDIDATES = 16;

/**
 * What an ARN of this account and region may mean, the likeliest first: names may contain `/`, so that one text has several readings.
 * The first that exists is meant; there is at least one.
 * @throws MeshError `BadRequest` for what is no ARN of a mesh resource, `Forbidden` for another account's, partition's or region's.
 */
export function arnCandidates(identity: Identity, arn: unknown): readonly [ArnCandidate, ...ArnCandidate[]] {
  const groups = typeof arn === 'string' ? ARN.exec(arn)?.groups : undefined;
  if (groups?.path === undefined || groups.path.length > MAX_PATH_UNITS) throw notAnArn(arn);
  for (const part of ['partition', 'region', 'account'] as const) {
    if (groups[part] === identity[part]) continue;
    const message = `resourceArn names ${part} ${shown(groups[part])}, but this control plane answers for ${part} ${identity[part]}: check the ARN.`;
    throw new MeshError('Forbidden', message);
  }
  const owner = identity.account;
  const [first, ...rest] = readings(groups.path)
    .slice(0, MAX_CANDIDATES)
    .map((ref) => ({ mesh: { owner, mesh: ref.mesh }, ref }));
  if (first === undefined) throw notAnArn(arn);
  return [first, ...rest];
}

function notAnArn(arn: unknown): MeshError {
  const rule = 'the ARN of a mesh or of a resource in one: send the arn that its metadata shows';
  return new MeshError(
    'BadRequest',
    arn === undefined ? `resourceArn is missing but must be ${rule}.` : `resourceArn is ${shown(arn)} but must be ${rule}.`,
  );
}

/** Kinds below a mesh, those that lie deepest first: an ARN of theirs also reads as one of their parent's kind. */
const KINDS: readonly Exclude<Kind, 'mesh'>[] = [
  'route',
  'gatewayRoute',
  'virtualNode',
  'virtualRouter',
  'virtualService',
  'virtualGateway',
];

function readings(path: string): readonly Ref[] {
  const below = KINDS.flatMap((kind) => {
    const between = parentKind(kind);
    return between === undefined ? inMesh(kind, path) : inMesh(between, path).flatMap((above) => inParent(kind, above));
  });
  const all: readonly Ref[] = [...below, { kind: 'mesh', mesh: path, name: path }];
  return all.filter(({ mesh, parent = 'none', name }) => [mesh, parent, name].every(isName)).toSorted((a, b) => slashes(a) - slashes(b));
}

/** `M/<kind>/N` for every place where the path can be split so. */
function inMesh(kind: Kind, path: string): readonly Ref[] {
  return splits(path, kind).map(([mesh, name]) => ({ kind, mesh, name }));
}

function inParent(kind: Kind, { mesh, name: path }: Ref): readonly Ref[] {
  return splits(path, kind).map(([parent, name]) => ({ kind, mesh, parent, name }));
}

function splits(text: string, kind: Kind): readonly (readonly [string, string])[] {
  const separator = `/${kind}/`;
  const found: (readonly [string, string])[] = [];
  // From the next character on: separators may overlap, as in `a/route/route/b`.
  for (let at = text.indexOf(separator); at >= 0 && at <= MAX_NAME_UNITS; at = text.indexOf(separator, at + 1)) {
    found.push([text.slice(0, at), text.slice(at + separator.length)]);
  }
  return found;
}

function slashes({ mesh, parent = '', name }: Ref): number {
  return `${mesh}${parent}${name}`.split('/').length;
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
