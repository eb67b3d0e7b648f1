import { MeshError } from '../errors.ts';
import type { Ref } from '../resource.ts';
import { escaped, must, violation } from '../schema/violation.ts';
import type { MeshView } from '../view.ts';

// One wildcard at the start or the end is a domain to Envoy; anywhere else it would be taken literally.
const NO_HOST = /\s|.\*.|\*.*\*/su;

/** Refuses names that no request's host can ever equal, or that Envoy takes for the same host as another. */
export function checkVirtualServiceName(view: MeshView, ref: Ref<'virtualService'>): void {
  if (NO_HOST.test(ref.name)) {
    const rule = must('be a host name: no white space, and at most one *, at its start or end', 'choose another name');
    throw new MeshError('BadRequest', `${violation('virtualServiceName', ref.name, rule)}.`, { ref });
  }
  for (const other of view.virtualServicesAs(ref.name)) {
    if (other.ref.name === ref.name) continue;
    const message = `VirtualService with name ${escaped(other.ref.name)} already exists, and hosts are compared without upper and lower case: choose another name.`;
    throw new MeshError('Conflict', message, { ref });
  }
}
