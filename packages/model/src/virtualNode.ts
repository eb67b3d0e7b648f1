import type * as v from 'valibot';
import { backend } from './node/backend.ts';
import { listener } from './node/listener.ts';
import { serviceDiscovery } from './node/serviceDiscovery.ts';
import { logging } from './proxy/logging.ts';
import { clientPolicy } from './proxy/tls.ts';
import { distinctPorts } from './schema/ports.ts';
import { listOf, optional, ruled, structure } from './schema/structures.ts';
import { mustBeGiven } from './schema/violation.ts';

const virtualNodeMembers = structure({
  /** How its Envoys talk to backends that have no client policy of their own. */
  backendDefaults: optional(structure({ clientPolicy: optional(clientPolicy) })),
  /** Virtual services it sends traffic to; how many is a quota. */
  backends: optional(listOf(backend)),
  /** Ports on which it takes traffic, each once; how many is a quota. */
  listeners: optional(listOf(listener)),
  /** Access logs of its Envoys; none unless given. */
  logging: optional(logging),
  /** How its instances are found; must be given where there are listeners. */
  serviceDiscovery: optional(serviceDiscovery),
});
/** Spec of a virtual node. */
export type VirtualNodeSpec = v.InferOutput<typeof virtualNodeMembers>;

/** Spec of a virtual node. */
export const virtualNodeSpec = ruled(virtualNodeMembers, ({ listeners = [], serviceDiscovery: discovery }, refuse) => {
  if (listeners.length > 0 && discovery === undefined) refuse(['serviceDiscovery'], mustBeGiven('where there are listeners'), undefined);
  distinctPorts(listeners, refuse);
});
