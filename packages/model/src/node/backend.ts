import type * as v from 'valibot';
import { clientPolicy } from '../proxy/tls.ts';
import { str } from '../schema/scalars.ts';
import { oneOf, optional, structure } from '../schema/structures.ts';

/** A virtual service a node sends traffic to; it need not exist yet. */
export const backend = oneOf({
  /** By its name or its ARN; with a client policy of its own, the defaults do not hold for it. */
  virtualService: structure({ clientPolicy: optional(clientPolicy), virtualServiceName: str({ min: 1 }) }),
});
/** A virtual service a node sends traffic to; it need not exist yet. */
export type Backend = v.InferOutput<typeof backend>;
