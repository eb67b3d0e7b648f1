import type { Identity } from './identity.ts';
import { proxyName } from './names.ts';
import type { MeshKey } from './resource.ts';
import { shown } from './schema/violation.ts';

/** The mesh and proxy a `node.id` names, or why it names none. */
export type ParsedNodeId =
  | { readonly kind: 'proxy'; readonly mesh: MeshKey; readonly proxy: string }
  | { readonly kind: 'unknown'; readonly reason: string };

const ARN = /^arn:(?<partition>[^:]*):appmesh(?:-preview)?:(?<region>[^:]*):(?<account>[^:]*):(?<path>.*)$/s;

// The mesh ends at the first `/virtualNode/` or `/virtualGateway/`; what follows is the name, slashes and all.
const PATH = /^mesh\/(?<mesh>.+?)\/(?<type>virtualNode|virtualGateway)\/(?<name>.+)$/s;

/** A mesh shared by another account, as the Kubernetes controller spells it. */
const OWNED = /^(?<mesh>.+)@(?<owner>\d{12})$/s;

/**
 * Reads `node.id` in both spellings App Mesh's Envoys use: the full ARN, and `mesh/M[@owner]/virtualNode/N`; gateways likewise.
 * @see https://docs.aws.amazon.com/app-mesh/latest/userguide/envoy-config.html
 */
export function parseNodeId(id: string, identity: Identity): ParsedNodeId {
  const parts = read(id);
  if ('reason' in parts) return parts;
  const { arn, owner = identity.account, mesh, name } = parts;
  for (const part of ['partition', 'region', 'account'] as const) {
    if (arn !== undefined && arn[part] !== identity[part]) return foreign(id, part, arn[part], identity[part]);
  }
  if (owner !== identity.account) return foreign(id, 'account', owner, identity.account);
  return { kind: 'proxy', mesh: { owner, mesh }, proxy: proxyName({ kind: parts.kind, mesh, name }) };
}

/** Why a text is the `node.id` of no proxy, whichever account and region it names; undefined when it is one. */
export function nodeIdFault(id: string): string | undefined {
  const parts = read(id);
  return 'reason' in parts ? parts.reason : undefined;
}

interface NodeIdParts {
  readonly arn: Readonly<Record<string, string>> | undefined;
  readonly owner?: string;
  readonly mesh: string;
  readonly kind: 'virtualNode' | 'virtualGateway';
  readonly name: string;
}

function read(id: string): NodeIdParts | Extract<ParsedNodeId, { readonly kind: 'unknown' }> {
  const arn = ARN.exec(id)?.groups;
  const path = PATH.exec(arn?.path ?? id)?.groups;
  if (path?.mesh === undefined || path.name === undefined) {
    return unknown(
      id,
      'is neither an ARN of a virtual node or gateway nor mesh/MESH/virtualNode/NODE or mesh/MESH/virtualGateway/GATEWAY',
      "write one of these (App Mesh's image takes it from APPMESH_RESOURCE_ARN)",
    );
  }
  const kind = path.type === 'virtualGateway' ? 'virtualGateway' : 'virtualNode';
  return { arn, kind, mesh: path.mesh, name: path.name, ...OWNED.exec(path.mesh)?.groups };
}

function foreign(id: string, part: string, found: string | undefined, own: string): ParsedNodeId {
  return unknown(id, `names ${part} ${shown(found)}`, `this control plane answers for ${part} ${shown(own)} only`);
}

function unknown(id: string, fact: string, fix: string): Extract<ParsedNodeId, { readonly kind: 'unknown' }> {
  return { kind: 'unknown', reason: `node.id ${shown(id)} ${fact}: ${fix}` };
}
