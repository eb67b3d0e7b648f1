import type * as v from 'valibot';
import { ipPreference } from './schema/common.ts';
import { oneOfValues } from './schema/scalars.ts';
import { optional, structure } from './schema/structures.ts';

/** Spec of a mesh. */
export const meshSpec = structure({
  /** Whether proxies let through what no virtual service answers for; DROP_ALL without it. */
  egressFilter: optional(structure({ type: oneOfValues(['ALLOW_ALL', 'DROP_ALL']) })),
  /** IP versions of all its nodes that have no preference of their own. */
  serviceDiscovery: optional(structure({ ipPreference: optional(ipPreference) })),
});
/** Spec of a mesh; without an egress filter it means DROP_ALL. */
export type MeshSpec = v.InferOutput<typeof meshSpec>;
