import {
  abovesOf,
  type Diagnostic,
  type Identity,
  MeshError,
  type MeshKey,
  parseArn,
  type Ref,
  resourcePath,
  shown,
} from '@meshwright/model';
import { firstMissing } from '../missing.ts';
import type { Call, OperationParts } from '../operation.ts';

/**
 * Which mistakes a listing is to have, by its query: `severity`, and `resource` with what lies in it (a router's routes, a mesh's all).
 * A resource is written as its ARN, as an ARN ends (`mesh/M/virtualNode/N`) or as the log has it (`virtualNode/N`).
 * @throws MeshError `BadRequest` for what is no severity and no resource of this mesh, `NotFound` for a resource that is not there:
 * answered with nothing, a name with a slip in it would look like one without mistakes.
 */
export async function diagnosticFilter(parts: OperationParts, mesh: MeshKey, query: Call['query']): Promise<(row: Diagnostic) => boolean> {
  const severity = parseSeverity(query.get('severity'));
  const text = query.get('resource');
  const resource = text === undefined ? undefined : parseResource(parts.identity, mesh, text);
  if (resource !== undefined) {
    const missing = await firstMissing(parts.store, mesh, [...abovesOf(resource), resource]);
    if (missing !== undefined) throw missing;
  }
  return (row) => (severity === undefined || row.severity === severity) && (resource === undefined || isIn(resource, row.ref));
}

function parseSeverity(severity: string | undefined): Diagnostic['severity'] | undefined {
  if (severity === undefined || severity === 'error' || severity === 'warning') return severity;
  throw new MeshError('BadRequest', `severity is ${shown(severity)} but must be error or warning: correct it or leave it out for both.`);
}

/** All spellings are read as the ARN that they are the end of, so that they name the same resources. */
function parseResource(identity: Identity, key: MeshKey, text: string): Ref {
  const { owner, mesh } = key;
  const { partition, region } = identity;
  const whole = `arn:${partition}:appmesh:${region}:${owner}:mesh/${mesh}`;
  const ends = text.startsWith(`mesh/${mesh}`) ? text.slice(`mesh/${mesh}`.length) : `/${text}`;
  const ref = refOf(identity, text.startsWith('arn:') ? text : `${whole}${ends}`);
  if (ref?.mesh === mesh) return ref;
  throw new MeshError(
    'BadRequest',
    `resource is ${shown(text)} but must be one of mesh ${shown(mesh)}: write it as mesh/${mesh}/virtualNode/NAME, as virtualNode/NAME or as its ARN (of region ${region}, account ${owner}), or leave it out for all.`,
  );
}

function refOf(identity: Identity, arn: string): Ref | undefined {
  try {
    return parseArn(identity, arn).ref;
  } catch (error) {
    if (error instanceof MeshError) return undefined;
    throw error;
  }
}

/** By what a resource is, and not by how its text begins: names may contain `/`. */
function isIn(resource: Ref, ref: Ref): boolean {
  return [...abovesOf(ref), ref].some((one) => resourcePath(one) === resourcePath(resource));
}
