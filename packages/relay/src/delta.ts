import { type Dialect, defaultsToWildcard, type Plan } from './dialect.ts';
import { type NameSets, WILDCARD } from './nameSet.ts';
import { nothingOf, type ResourceSet } from './resourceSet.ts';
import { type InFlight, owe, type TypeState } from './typeState.ts';
import { type DeltaRequest, decodeDeltaRequest } from './wire/requests.ts';
import { encodeDeltaResponse } from './wire/responses.ts';

/** Delta: responses carry what changed and what is gone, requests the names that are added and dropped. */
export const delta: Dialect = {
  protocol: 'delta',
  decode(bytes, names) {
    const request = decodeDeltaRequest(bytes);
    return { ...request, subscribe: (state, role) => subscribe(state, role === 'first', request, names) };
  },
  plan,
  encode: ({ set, removed, version }, nonce) =>
    encodeDeltaResponse({ version, typeUrl: set.typeUrl, nonce, resources: set.sendable, removed }),
  reject,
};

function subscribe(state: TypeState, first: boolean, request: DeltaRequest, names: NameSets): boolean {
  const asked = new Set(state.names.names);
  if (first) {
    state.wildcard = request.subscribe.length === 0 && defaultsToWildcard(state.typeUrl);
    if (request.versions.size > 0) state.reported = request.versions;
  }
  for (const name of request.subscribe) {
    if (name === WILDCARD) state.wildcard = true;
    else asked.add(name);
  }
  for (const name of request.unsubscribe) {
    if (name === WILDCARD) state.wildcard = false;
    else asked.delete(name);
  }
  if (request.subscribe.length + request.unsubscribe.length > 0) setNames(state, request, names.of(asked));
  return first || request.subscribe.length > 0;
}

function setNames(state: TypeState, request: DeltaRequest, asked: TypeState['names']): void {
  state.names = asked;
  // Sent again even if unchanged, and told of if it does not exist: a name just asked for, and a name dropped that the
  // wildcard may still cover.
  const told = state.wildcard ? [...request.subscribe, ...request.unsubscribe] : request.subscribe;
  for (const name of request.unsubscribe) state.owed?.delete(name);
  owe(
    state,
    told.filter((name) => name !== WILDCARD),
  );
  state.has = state.has?.without(told);
  if (state.wildcard) return;
  state.has = state.has?.select(asked);
  state.mayHave = state.mayHave?.select(asked);
}

function plan(state: TypeState, wanted: ResourceSet): Plan | undefined {
  const change = wanted.changeFrom(state.has ?? nothingOf(wanted.typeUrl));
  const owed = owedOf(state, wanted, change.removed);
  const unanswered = state.wildcard && state.has === undefined;
  if (change.set.size === 0 && change.removed.length === 0 && owed.length === 0 && !unanswered) return undefined;
  const { version } = wanted;
  if (owed.length > 0) return { set: change.set, removed: [...change.removed, ...owed], version };
  return { set: change.set, removed: change.removed, version, key: change };
}

/** Names the client waits to hear of that do not exist. */
function owedOf(state: TypeState, wanted: ResourceSet, removed: readonly string[]): readonly string[] {
  if (state.owed === undefined) return NONE;
  return [...state.owed].filter((name) => !wanted.resources.has(name) && !removed.includes(name) && !state.awaited.has(name));
}

const NONE: readonly string[] = [];

function reject(state: TypeState, flight: InFlight): void {
  state.has = state.has?.minus(flight.sent);
  // Envoy applies refused updates in part: what it was sent may be there, what it was told is gone may not be. Should either
  // not be wanted when something is sent again, it is told of.
  owe(state, flight.sent.resources.keys());
  owe(state, flight.removed);
}
