import type { Identity } from './identity.ts';
import type { MeshKey } from './resource.ts';

/** The mesh and proxy a `node.id` names, or why it names none. */
export type ParsedNodeId =
  | { readonly kind: 'proxy'; readonly mesh: MeshKey; readonly proxy: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Reads `node.id` in both spellings App Mesh's Envoys use: the full ARN, and `mesh/M[@owner]/virtualNode/N`. */
export function parseNodeId(id: string, identity: Identity): ParsedNodeId {
  throw new Error(`not yet: ${id} ${identity.account}`);
}
