import type * as v from 'valibot';
import { ipPreference } from './schema/common.ts';
import { oneOfValues } from './schema/scalars.ts';
import { optional, structure } from './schema/structures.ts';

/** Spec of a mesh. */
export const meshSpec = structure({
  egressFilter: optional(structure({ type: oneOfValues(['ALLOW_ALL', 'DROP_ALL']) })),
  serviceDiscovery: optional(structure({ ipPreference: optional(ipPreference) })),
});
/** Spec of a mesh; without an egress filter it means DROP_ALL. */
export type MeshSpec = v.InferOutput<typeof meshSpec>;
