import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import type { EndpointQuery } from '@meshwright/snapshot';
import type { Dialect } from './dialect.ts';
import type { EndpointSets } from './endpoints.ts';
import type { MeshView, ProxyView } from './meshView.ts';
import { WILDCARD } from './nameSet.ts';
import { nothingOf, type ResourceSet } from './resourceSet.ts';
import type { RelaySettings } from './settings.ts';
import type { TypeState } from './typeState.ts';

/** What the rules of one stream look at. */
export interface Rules {
  readonly dialect: Dialect;
  readonly endpoints: EndpointSets;
  readonly settings: RelaySettings;
  readonly types: ReadonlyMap<string, TypeState>;
  /** Asks to be called again at a time, if not before. */
  readonly wakeAt: (time: number) => void;
}

/**
 * What a stream is to be brought to: its proxy's snapshot, and for a while what the proxy may still use of the one before.
 * Clusters that leave stay, with their endpoints, until the newer listeners and routes are acknowledged (make before break).
 */
export class Target {
  readonly view: MeshView;
  readonly proxy: ProxyView;
  readonly #leavingQueries: Map<string, EndpointQuery>;
  #leavingSince: number | undefined;

  constructor(view: MeshView, proxy: ProxyView, before: Target | undefined) {
    this.view = view;
    this.proxy = proxy;
    this.#leavingSince = before === undefined ? undefined : before.#leavingSince;
    this.#leavingQueries = new Map(before === undefined ? [] : [...before.#leavingQueries, ...before.proxy.endpointQueries]);
    for (const name of proxy.endpointQueries.keys()) this.#leavingQueries.delete(name);
  }

  /** The set the client should hold; undefined when nothing may be said of the type. */
  wanted(state: TypeState, rules: Rules, now: number): ResourceSet | undefined {
    if (state.typeUrl === ENDPOINT_TYPE) return this.#assignments(state, rules, now);
    const own = this.own(state);
    return state.typeUrl === CLUSTER_TYPE && own !== undefined ? this.#clusters(own, state, rules, now) : own;
  }

  /** The subscribed part of the snapshot itself. */
  own(state: TypeState): ResourceSet | undefined {
    // A snapshot that does not speak of listeners or clusters does not say that there are none; of routes it may.
    const whole = this.proxy.set(state.typeUrl) ?? (state.typeUrl === ROUTE_TYPE ? nothingOf(ROUTE_TYPE) : undefined);
    return state.wildcard ? whole : whole?.select(state.names);
  }

  #clusters(own: ResourceSet, state: TypeState, rules: Rules, now: number): ResourceSet {
    const all = state.mayHold === undefined ? own : own.union(state.mayHold);
    if (all === own) {
      this.#leavingSince = undefined;
      this.#leavingQueries.clear();
      return own;
    }
    this.#leavingSince ??= now;
    return this.#usersAreCurrent(rules, now, this.#leavingSince) ? own : all;
  }

  /** Whether no listener and no route of the proxy can still need a cluster that leaves. */
  #usersAreCurrent(rules: Rules, now: number, since: number): boolean {
    const waited = since + rules.settings.ackWaitMillis;
    const states = [LISTENER_TYPE, ROUTE_TYPE].map((typeUrl) => rules.types.get(typeUrl));
    if (!states.every((state) => state === undefined || this.#isCurrent(state, rules))) return false;
    const [listeners, routes] = states;
    // A listener warms until its routes are there, and until then the one before works on: a route configuration that nobody
    // has asked for yet may be one it waits for. Nobody may ever ask, hence the bound.
    const unasked =
      (listeners === undefined && hasAny(this.proxy.set(LISTENER_TYPE))) ||
      [...(this.proxy.set(ROUTE_TYPE)?.resources.keys() ?? [])].some((name) => !asks(routes, name));
    if (!unasked || now >= waited) return true;
    rules.wakeAt(waited);
    return false;
  }

  #isCurrent(state: TypeState, { dialect }: Rules): boolean {
    const own = this.own(state);
    if (own === undefined) return true;
    return state.inFlight === undefined && state.rejected === undefined && dialect.plan(state, own) === undefined;
  }

  #assignments(state: TypeState, rules: Rules, now: number): ResourceSet {
    const leaving = this.#leavingQueries.size === 0 ? undefined : rules.endpoints.read(this.#leavingQueries);
    const known = leaving === undefined ? rules.endpoints.of(this.proxy) : rules.endpoints.of(this.proxy).union(leaving);
    const set = state.wildcard ? known : known.select(state.names);
    const missing = [...state.names.names].filter((name) => !set.resources.has(name) && name !== WILDCARD);
    const empty = missing.filter((name) => this.#answersEmpty(name, state, rules, now));
    state.awaited = new Set(missing.filter((name) => this.#isKnown(name) && !empty.includes(name)));
    return empty.length === 0 ? set : set.union(rules.endpoints.empty(empty));
  }

  #answersEmpty(name: string, state: TypeState, { dialect, settings, wakeAt }: Rules, now: number): boolean {
    // Not a cluster of this proxy: delta has a word for that, state of the world only the empty assignment.
    if (!this.#isKnown(name)) return dialect.protocol === 'sotw';
    const due = state.askedAt + settings.endpointWaitMillis;
    if (now >= due) return true;
    wakeAt(due);
    return false;
  }

  #isKnown(cluster: string): boolean {
    return this.proxy.endpointQueries.has(cluster) || this.#leavingQueries.has(cluster);
  }
}

function hasAny(set: ResourceSet | undefined): boolean {
  return set !== undefined && set.size > 0;
}

function asks(state: TypeState | undefined, name: string): boolean {
  return state !== undefined && (state.wildcard || state.names.names.has(name));
}
