import type * as v from 'valibot';
import { gatewayListener } from './gateway/listener.ts';
import { logging } from './proxy/logging.ts';
import { clientPolicy } from './proxy/tls.ts';
import { distinctPorts } from './schema/ports.ts';
import { listOf, optional, ruled, structure } from './schema/structures.ts';

const virtualGatewayMembers = structure({
  /** How its Envoys talk to every virtual service. */
  backendDefaults: optional(structure({ clientPolicy: optional(clientPolicy) })),
  /** May be none; how many is a quota. */
  listeners: listOf(gatewayListener),
  /** Access logs of its Envoys; none unless given. */
  logging: optional(logging),
});
/** Spec of a virtual gateway. */
export type VirtualGatewaySpec = v.InferOutput<typeof virtualGatewayMembers>;

/** Spec of a virtual gateway. */
export const virtualGatewaySpec = ruled(virtualGatewayMembers, ({ listeners }, refuse) => distinctPorts(listeners, refuse));
