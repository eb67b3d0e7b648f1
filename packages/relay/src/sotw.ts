import { type Dialect, defaultsToWildcard, type Plan, type Role } from './dialect.ts';
import { isLive } from './liveTypes.ts';
import type { NameSet, NameSets } from './nameSet.ts';
import { nothingOf, type ResourceSet } from './resourceSet.ts';
import type { TypeState } from './typeState.ts';
import { decodeSotwRequest, type SotwRequest } from './wire/requests.ts';
import { encodeSotwResponse } from './wire/responses.ts';

/** State of the world: every response carries all that is subscribed (endpoints: all that changed), every request all names. */
export const sotw: Dialect = {
  protocol: 'sotw',
  decode(bytes, names) {
    const request = decodeSotwRequest(bytes);
    return { ...request, subscribe: (state, role) => subscribe(state, role, request, names) };
  },
  plan,
  encode: ({ set, version }, nonce) => encodeSotwResponse({ version, typeUrl: set.typeUrl, nonce, resources: set.sendable }),
  // Envoy applies refused updates in part: nothing is known of what it runs.
  reject(state) {
    state.has = undefined;
  },
};

function subscribe(state: TypeState, role: Role, request: SotwRequest, names: NameSets): boolean {
  const first = role === 'first';
  if (first && request.version !== '') state.reported = request.version;
  if (!first && request.names.equals(state.names.encoded)) return role === 'other' && repeated(state, request);
  const asked = names.ofEncoded(request.names);
  const added = first || state.wildcard || [...asked.names].some((name) => !state.names.names.has(name));
  setNames(state, asked);
  return added;
}

function setNames(state: TypeState, asked: NameSet): void {
  state.names = asked;
  if (asked.names.size > 0) state.everNamed = true;
  state.wildcard = asked.wildcard || (!state.everNamed && defaultsToWildcard(state.typeUrl));
  if (state.wildcard) return;
  // What is no longer subscribed is forgotten by the client; should it be asked for again, it is sent again.
  state.has = state.has?.select(asked);
  state.mayHave = state.mayHave?.select(asked);
}

/** The same request again, with the nonce last acknowledged: something new in the proxy waits for what the relay knows it had. */
function repeated(state: TypeState, request: SotwRequest): boolean {
  const acknowledged = state.inFlight === undefined && request.nonce === String(state.lastNonce);
  if (!state.repeatable || !acknowledged || request.error !== undefined) return false;
  state.repeatable = false;
  state.has = undefined;
  return true;
}

function plan(state: TypeState, wanted: ResourceSet): Plan | undefined {
  if (state.wildcard) {
    return state.has === undefined || state.has.version !== wanted.version ? whole(wanted) : undefined;
  }
  const { set } = wanted.changeFrom(state.has ?? nothingOf(wanted.typeUrl));
  if (set.size === 0) return undefined;
  // A part of live data is a legal answer; a part of the routes would carry a version that a reconnect cannot be compared by.
  return isLive(wanted.typeUrl) ? whole(set) : whole(wanted);
}

function whole(set: ResourceSet): Plan {
  return { set, removed: [], version: set.version, key: set };
}
