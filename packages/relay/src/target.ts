import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import type { EndpointQuery, TypeUrl } from '@meshwright/snapshot';
import type { Dialect } from './dialect.ts';
import type { EndpointSets } from './endpoints.ts';
import { HeldContent, type Mix } from './heldContent.ts';
import type { News } from './liveNews.ts';
import { SECRET_TYPE } from './liveTypes.ts';
import { WILDCARD } from './nameSet.ts';
import { queryKey } from './queryKey.ts';
import { nothingOf, type ResourceSet } from './resourceSet.ts';
import type { SecretSets } from './secrets.ts';
import type { ServedMesh, ServedProxy } from './servedMesh.ts';
import type { RelaySettings } from './settings.ts';
import type { TypeState } from './typeState.ts';

/** What the rules of one stream look at. */
export interface Rules {
  readonly dialect: Dialect;
  readonly endpoints: EndpointSets;
  /** Undefined: secrets are not served. */
  readonly secrets: SecretSets | undefined;
  readonly settings: RelaySettings;
  readonly types: ReadonlyMap<string, TypeState>;
  /** Asks to be called again at a time, if not before. */
  wakeAt(time: number): void;
}

/**
 * What a stream is to be brought to: its proxy's snapshot, and for a while what the proxy may still use of the one before.
 * Clusters that leave stay, with their endpoints, until the newer listeners and routes are acknowledged (make before break).
 */
export class Target {
  readonly view: ServedMesh;
  readonly proxy: ServedProxy;
  #leavingQueries: ReadonlyMap<string, EndpointQuery>;
  #leavingSince: number | undefined;

  readonly #types: ReadonlyMap<string, TypeState>;

  constructor(view: ServedMesh, proxy: ServedProxy, types: ReadonlyMap<string, TypeState>, before: Target | undefined) {
    this.view = view;
    this.proxy = proxy;
    this.#types = types;
    this.#leavingSince = before === undefined ? undefined : before.#leavingSince;
    this.#leavingQueries = before === undefined ? view.leavingQueries(proxy) : leavingQueries(before.#leavingQueries, before.proxy, proxy);
  }

  /** The set the client should hold; undefined when nothing may be said of the type. */
  wanted(state: TypeState, rules: Rules, now: number): ResourceSet | undefined {
    if (state.typeUrl === ENDPOINT_TYPE) return this.#assignments(state, rules, now);
    if (state.typeUrl === SECRET_TYPE) return rules.secrets?.of(this.view.mesh, state.names);
    const own = this.own(state);
    return state.typeUrl === CLUSTER_TYPE && own !== undefined ? this.#clusters(own, state, rules, now) : own;
  }

  /** Whether news of live data may change what this stream is to be brought to. */
  isConcerned(news: News, secrets: TypeState | undefined): boolean {
    if (news.concerns(this.proxy)) return true;
    for (const query of this.#leavingQueries.values()) if (news.queries.has(queryKey(query))) return true;
    return secrets !== undefined && news.concernsSecrets(this.view.mesh, secrets.names);
  }

  /** The subscribed part of the snapshot, with what the client has taken in the place of held content. */
  own(state: TypeState): ResourceSet | undefined {
    const whole = this.whole(state);
    if (whole === undefined || this.view.held === HeldContent.NONE) return whole;
    return this.#frozen(state) ?? this.#mix(whole, state).set;
  }

  /** The subscribed part of the snapshot itself. */
  whole(state: TypeState): ResourceSet | undefined {
    // A snapshot that does not speak of listeners or clusters does not say that there are none; of routes it may.
    const whole = this.proxy.set(state.typeUrl) ?? (state.typeUrl === ROUTE_TYPE ? nothingOf(ROUTE_TYPE) : undefined);
    return state.wildcard ? whole : whole?.select(state.names);
  }

  #mix(whole: ResourceSet, state: TypeState): Mix {
    const { held } = this.view;
    const { accepted = nothingOf(state.typeUrl) } = state;
    const mix = held.mix(whole, accepted, this.view.goodBefore(this.proxy.name, whole));
    // Who has nothing yet, and nothing can be found for, is better served as if nothing was held: there is nothing to lose.
    return mix.omits && state.typeUrl === CLUSTER_TYPE && !this.#canFreeze() ? held.mix(whole, whole, accepted) : mix;
  }

  /**
   * Where a held cluster has nothing to stand in for it, listeners and routes stay as they are, for the newer ones may lead to it; for
   * a proxy that has none yet they are those of the version before.
   */
  #frozen(state: TypeState): ResourceSet | undefined {
    if (!CLUSTER_USERS.includes(state.typeUrl)) return undefined;
    const clusters = this.#types.get(CLUSTER_TYPE);
    const whole = clusters && this.whole(clusters);
    if (clusters === undefined || whole === undefined || !this.#mix(whole, clusters).omits) return undefined;
    if (state.accepted !== undefined) return state.accepted;
    const before = this.view.goodVersionBefore(this.proxy.name, state.typeUrl);
    return state.wildcard ? before : before?.select(state.names);
  }

  #canFreeze(): boolean {
    return CLUSTER_USERS.every(
      (typeUrl) => this.#types.get(typeUrl)?.accepted !== undefined || this.view.goodVersionBefore(this.proxy.name, typeUrl) !== undefined,
    );
  }

  #clusters(own: ResourceSet, state: TypeState, rules: Rules, now: number): ResourceSet {
    const all = this.#withLeaving(own, state);
    if (all === own) {
      this.#leavingSince = undefined;
      this.#leavingQueries = NO_QUERIES;
      return own;
    }
    this.#leavingSince ??= now;
    return this.#usersAreCurrent(rules, now, this.#leavingSince) ? own : all;
  }

  /** These, and those that the proxy may still use; held content that was refused does not stay because it was sent. */
  #withLeaving(own: ResourceSet, state: TypeState): ResourceSet {
    const whole = this.view.held === HeldContent.NONE ? undefined : this.whole(state);
    if (whole === undefined) return state.mayHave === undefined ? own : own.union(state.mayHave);
    const { kept, omits } = this.#mix(whole, state);
    const mayHave = state.mayHave ?? (omits ? this.view.before(this.proxy.name, CLUSTER_TYPE) : undefined);
    return mayHave === undefined ? own : own.union(mayHave.minus(kept));
  }

  /** Whether no listener and no route of the proxy can still need a cluster that leaves. */
  #usersAreCurrent(rules: Rules, now: number, since: number): boolean {
    const waited = since + rules.settings.ackWaitMillis;
    const states = CLUSTER_USERS.map((typeUrl) => rules.types.get(typeUrl));
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
    // What stands in for newer content may use clusters that the snapshot has no more.
    if (own !== this.whole(state)) return false;
    return state.inFlight === undefined && state.rejected === undefined && dialect.plan(state, own) === undefined;
  }

  #assignments(state: TypeState, rules: Rules, now: number): ResourceSet {
    const leaving = this.#leavingQueries.size === 0 ? undefined : rules.endpoints.read(this.#leavingQueries);
    const known = leaving === undefined ? rules.endpoints.of(this.proxy) : rules.endpoints.of(this.proxy).union(leaving);
    const set = state.wildcard ? known : known.select(state.names);
    state.awaited = NOBODY;
    if (set.size === state.names.names.size && !state.wildcard) return set;
    const missing = [...state.names.names].filter((name) => !set.resources.has(name) && name !== WILDCARD);
    const awaited = missing.filter((name) => this.#isKnown(name));
    const late = awaited.length > 0 && now >= state.askedAt + rules.settings.endpointWaitMillis;
    if (!late) state.awaited = new Set(awaited);
    if (!late && awaited.length > 0) rules.wakeAt(state.askedAt + rules.settings.endpointWaitMillis);
    const strangers = missing.filter((name) => !this.#isKnown(name));
    const empty = [...(late ? awaited : []), ...(rules.dialect.protocol === 'sotw' ? strangers : [])];
    return withEmpty(set, state, empty, rules.endpoints);
  }

  #isKnown(cluster: string): boolean {
    return this.proxy.endpointQueries.has(cluster) || this.#leavingQueries.has(cluster);
  }
}

/** The types whose resources name clusters. */
export const CLUSTER_USERS: readonly TypeUrl[] = [LISTENER_TYPE, ROUTE_TYPE];

const NO_QUERIES: ReadonlyMap<string, EndpointQuery> = new Map();

/** Queries of clusters that are on their way out; with thousands of streams the usual answer, none, must cost nothing per stream. */
function leavingQueries(
  before: ReadonlyMap<string, EndpointQuery>,
  from: ServedProxy,
  to: ServedProxy,
): ReadonlyMap<string, EndpointQuery> {
  const gone = to.queriesGoneSince(from);
  if (before.size === 0) return gone;
  return new Map([...before, ...gone].filter(([name]) => !to.endpointQueries.has(name)));
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Adds empty assignments, but not for a cluster that was sent real ones on this stream: that one has just been removed, the
 * proxy is about to drop the name, and nothing is waiting. (Delta has its own word for names that do not exist.)
 */
function withEmpty(set: ResourceSet, state: TypeState, clusters: readonly string[], endpoints: EndpointSets): ResourceSet {
  if (clusters.length === 0) return set;
  const empty = endpoints.empty(clusters);
  const before = state.has?.intersection(empty);
  return before === undefined || before.size === 0 ? set.union(empty) : set.union(before).union(empty);
}

function hasAny(set: ResourceSet | undefined): boolean {
  return set !== undefined && set.size > 0;
}

function asks(state: TypeState | undefined, name: string): boolean {
  return state !== undefined && (state.wildcard || state.names.names.has(name));
}
