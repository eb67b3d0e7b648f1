import { SAMPLE_MESH } from './sample.ts';

/** What is missing for a proxy that is sent nothing, and the way out; what the relay says of other reasons stays as it is. */
export function missingNode(reason: string): string {
  const { mesh, what, kind, name } =
    /^mesh [^/]+\/(?<mesh>\S+) has no (?<what>snapshot$|(?<kind>virtualNode|virtualGateway)\/(?<name>\S+))/.exec(reason)?.groups ?? {};
  if (mesh === undefined) return reason;
  if (what === 'snapshot') return `there is no mesh "${mesh}" (yet): create it${mesh === SAMPLE_MESH ? ', or start with --sample' : ''}`;
  return `mesh "${mesh}" has no virtual ${kind === 'virtualGateway' ? 'gateway' : 'node'} "${name}" (yet): create it`;
}
