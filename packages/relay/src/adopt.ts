import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import { isLive } from './liveTypes.ts';
import { ResourceSet } from './resourceSet.ts';
import type { Target } from './target.ts';
import type { TypeState } from './typeState.ts';

/**
 * Settles what a client that came with versions has. Endpoints, and named resources in delta, are sent again whatever it
 * says, for the proxy may be warming (`has` stays unknown).
 * @returns false when it reports a version that is not known here: this relay may be the one that is behind.
 */
export function adoptReported(state: TypeState, target: Target): boolean {
  const { reported, typeUrl } = state;
  const own = target.whole(state);
  if (reported === undefined || own === undefined || isLive(typeUrl)) return true;
  if (typeof reported !== 'string') return adoptVersions(state, target, own, reported);
  const known = own.version === reported ? own : target.view.known(target.proxy.name, typeUrl, reported);
  state.has = known;
  // What a relay that was ahead sent on the way from one version to the next nobody else knows; what it was on the way from, perhaps.
  state.mayHave = known ?? (typeUrl === CLUSTER_TYPE ? target.view.before(target.proxy.name, typeUrl) : undefined);
  return known !== undefined;
}

function adoptVersions(state: TypeState, target: Target, own: ResourceSet, reported: ReadonlyMap<string, string>): boolean {
  // Sent again whatever it says; but what it says may be newer than what this relay would send.
  if (!state.wildcard) return [...reported].every(([name, version]) => isKnown(state, target, own, name, version));
  const said = ResourceSet.of(
    state.typeUrl,
    Array.from(reported, ([name, version]) => own.resources.get(name) ?? { name, version }).map((resource) => {
      const version = reported.get(resource.name) ?? resource.version;
      return resource.version === version ? resource : { name: resource.name, version };
    }),
  );
  // The shared object where it can be: what is derived from it is then derived once for all that reconnect.
  state.has = said.version === own.version ? own : (target.view.known(target.proxy.name, state.typeUrl, said.version) ?? said);
  state.mayHave = state.has;
  return state.has !== said;
}

/** Whether this relay has served a resource in that version, now or before the last change; one that is not asked for does not matter. */
function isKnown({ names, typeUrl }: TypeState, { view, proxy }: Target, own: ResourceSet, name: string, version: string): boolean {
  return !names.names.has(name) || own.resources.get(name)?.version === version || view.knowsResource(proxy.name, typeUrl, name, version);
}
