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
  backendDefaults: optional(structure({ clientPolicy: optional(clientPolicy) })),
  backends: optional(listOf(backend)),
  listeners: optional(listOf(listener)),
  logging: optional(logging),
  serviceDiscovery: optional(serviceDiscovery),
});
/** Spec of a virtual node. */
export type VirtualNodeSpec = v.InferOutput<typeof virtualNodeMembers>;

/** Spec of a virtual node. */
export const virtualNodeSpec = ruled(virtualNodeMembers, ({ listeners = [], serviceDiscovery: discovery }, refuse) => {
  if (listeners.length > 0 && discovery === undefined) refuse(['serviceDiscovery'], mustBeGiven('where there are listeners'), undefined);
  distinctPorts(listeners, refuse);
});
