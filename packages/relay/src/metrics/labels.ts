import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import type { Attributes } from '@opentelemetry/api';
import { SECRET_TYPE } from '../liveTypes.ts';

/** Meshes told apart; each costs a series per label beside it, and a client may name as many as it likes. */
const MAX_MESHES = 200;

const OTHER: Attributes = { type: 'other' };
const TYPES: ReadonlyMap<string, Attributes> = new Map([
  [CLUSTER_TYPE, { type: 'cluster' }],
  [ENDPOINT_TYPE, { type: 'endpoint' }],
  [LISTENER_TYPE, { type: 'listener' }],
  [ROUTE_TYPE, { type: 'route' }],
  [SECRET_TYPE, { type: 'secret' }],
]);

/** The label of a type URL: `cluster`, `endpoint`, `listener`, `route`, `secret` or `other`; the same object each time. */
export function typeLabel(typeUrl: string): Attributes {
  return TYPES.get(typeUrl) ?? OTHER;
}

/** The labels of all types that are told apart. */
export const TYPE_LABELS: readonly Attributes[] = [...TYPES.values()];

/** The meshes that have a label of their own: the first 200 from which a proxy was served. All others are `other`. */
export class MeshLabels {
  readonly #known = new Set<string>();

  /** True for a mesh that has just got a label of its own. */
  served(mesh: string): boolean {
    if (this.#known.has(mesh) || this.#known.size >= MAX_MESHES) return false;
    this.#known.add(mesh);
    return true;
  }

  labelOf(mesh: string): string {
    return this.#known.has(mesh) ? mesh : 'other';
  }
}
