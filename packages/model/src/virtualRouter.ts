import type * as v from 'valibot';
import { portMapping } from './schema/common.ts';
import { distinctPorts } from './schema/ports.ts';
import { listOf, optional, ruled, structure } from './schema/structures.ts';

const virtualRouterListener = structure({ portMapping });
/** A port on which a virtual router takes traffic. */
export type VirtualRouterListener = v.InferOutput<typeof virtualRouterListener>;

/** Spec of a virtual router. */
export const virtualRouterSpec = ruled(structure({ listeners: optional(listOf(virtualRouterListener)) }), ({ listeners = [] }, refuse) =>
  distinctPorts(listeners, refuse),
);
/** Spec of a virtual router. */
export type VirtualRouterSpec = v.InferOutput<typeof virtualRouterSpec>;
