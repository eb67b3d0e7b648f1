import type * as v from 'valibot';
import { resourceName } from './schema/common.ts';
import { oneOf, optional, structure } from './schema/structures.ts';

const virtualServiceProvider = oneOf({
  /** One node, on each of its listeners. */
  virtualNode: structure({ virtualNodeName: resourceName }),
  /** One router, by its routes. */
  virtualRouter: structure({ virtualRouterName: resourceName }),
});
/** What answers for a virtual service: one node, or one router. */
export type VirtualServiceProvider = v.InferOutput<typeof virtualServiceProvider>;

/** Spec of a virtual service. */
export const virtualServiceSpec = structure({ provider: optional(virtualServiceProvider) });
/** Spec of a virtual service; without a provider its host exists and answers 404. */
export type VirtualServiceSpec = v.InferOutput<typeof virtualServiceSpec>;
