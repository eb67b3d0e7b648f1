import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import type { TypeUrl } from '@meshwright/snapshot';
import type { Dialect, Message, Plan } from './dialect.ts';
import type { EndpointSets } from './endpoints.ts';
import type { Outlet } from './outlet.ts';
import { Refusal } from './refusal.ts';
import { nothingOf, type ResourceSet } from './resourceSet.ts';
import type { RelaySettings } from './settings.ts';
import type { StreamEvent } from './streamEvent.ts';
import type { Rules, Target } from './target.ts';
import type { TypeState } from './typeState.ts';
import type { Waves } from './waves.ts';

interface PusherParts {
  readonly dialect: Dialect;
  readonly endpoints: EndpointSets;
  readonly settings: RelaySettings;
  readonly waves: Waves;
  readonly now: () => number;
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  readonly outlet: Outlet;
  readonly types: ReadonlyMap<string, TypeState>;
  readonly report: (event: StreamEvent) => void;
  readonly wake: () => void;
}

// Make before break. Clusters come before what names them; endpoints next, for a cluster warms until it has them; listeners
// before routes, for a proxy asks for routes once a listener names them.
const PUSH_ORDER: readonly TypeUrl[] = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE];

/** Most of a refusal's text that is passed on, in characters; Envoy goes through the resources one by one, and a client may say anything. */
const MOST_MESSAGE = 4_096;

/** The types whose resources name clusters. */
const CLUSTER_USERS: readonly TypeUrl[] = [LISTENER_TYPE, ROUTE_TYPE];

/** Whose acknowledgement tells that a proxy no longer uses resources of a type, which it then drops by itself. */
const USER: ReadonlyMap<TypeUrl, TypeUrl> = new Map([
  [ENDPOINT_TYPE, CLUSTER_TYPE],
  [ROUTE_TYPE, LISTENER_TYPE],
]);

/** Decides what one stream is sent and when: one response in flight per type, nothing queued, the newest content wins. */
export class Pusher {
  /** The transport takes nothing at the moment. */
  busy = false;
  readonly #parts: PusherParts;
  readonly #rules: Rules;
  readonly #startedAt: number;
  #wakeTime = Number.POSITIVE_INFINITY;
  #timer: { readonly time: number; readonly cancel: () => void } | undefined;

  constructor(parts: PusherParts) {
    this.#parts = parts;
    const { dialect, endpoints, settings, types } = parts;
    this.#rules = { dialect, endpoints, settings, types, wakeAt: (time) => this.#wakeAt(time) };
    this.#startedAt = parts.now();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Goes through the types in order; what must wait is looked at again on the next request, drain or timer. */
  push(target: Target): void {
    const now = this.#parts.now();
    this.#wakeTime = Number.POSITIVE_INFINITY;
    let held = this.#awaitsClusterRequest(now);
    for (const typeUrl of PUSH_ORDER) {
      if (this.busy) break;
      const state = this.#parts.types.get(typeUrl);
      if (state !== undefined) held = this.#pushType(state, target, held, now) || held;
    }
    this.#setTimer(now);
  }

  /** Takes what a request says of the response it answers; anything but the last response's nonce is stale and says nothing. */
  answer(state: TypeState, message: Message): boolean {
    const flight = state.inFlight;
    if (flight === undefined || message.nonce !== String(flight.nonce)) return false;
    const { typeUrl } = state;
    const { version, snapshotVersion, wanted, sentAt } = flight;
    state.inFlight = undefined;
    if (message.error !== undefined) {
      state.rejected = new Refusal(wanted, state.accepted);
      this.#parts.dialect.reject(state, flight);
      this.#parts.report({ kind: 'rejected', typeUrl, version, snapshotVersion, message: cut(message.error) });
      return true;
    }
    state.accepted = wanted;
    state.lateUntil = undefined;
    this.#parts.report({ kind: 'acked', typeUrl, version, snapshotVersion, millis: this.#parts.now() - sentAt });
    return true;
  }

  /** A reconnected client already holds what it would be sent: told as an acknowledgement, for nothing else will be. */
  adopted(state: TypeState, target: Target): void {
    const { typeUrl, held } = state;
    state.accepted = held;
    if (held === undefined || held !== target.own(state)) return;
    this.#parts.report({ kind: 'acked', typeUrl, version: held.version, snapshotVersion: target.view.label, millis: 0 });
  }

  /** @returns whether later types that name clusters must wait. */
  #pushType(state: TypeState, target: Target, held: boolean, now: number): boolean {
    const wanted = target.wanted(state, this.#rules, now);
    const refused = wanted !== undefined && state.rejected?.holds(wanted) === true;
    const plan = wanted === undefined || refused ? undefined : this.#parts.dialect.plan(state, wanted);
    if (wanted === undefined || plan === undefined) {
      state.blockedSince = undefined;
      return this.#isLate(state, now);
    }
    const blocked = this.#isInFlight(state, now) || (held && CLUSTER_USERS.includes(state.typeUrl)) || this.#isEarlyRemoval(state, plan);
    if (blocked && !this.#waitedEnough(state, now)) return true;
    this.#send(state, target, wanted, this.#withUnanswered(state, wanted, plan), now);
    return this.#isLate(state, now);
  }

  // The answer to what is overdue will be stale once more is sent, a refusal included: so the newer response carries it all again.
  #withUnanswered(state: TypeState, wanted: ResourceSet, plan: Plan): Plan {
    if (state.inFlight === undefined) return plan;
    this.#parts.dialect.reject(state, state.inFlight);
    return this.#parts.dialect.plan(state, wanted) ?? plan;
  }

  #send(state: TypeState, target: Target, wanted: ResourceSet, plan: Plan, sentAt: number): void {
    const { dialect, outlet, waves, settings } = this.#parts;
    const encode = (nonce: string): Buffer => dialect.encode(plan, nonce);
    const wave = plan.key === undefined ? waves.once(encode) : waves.take(plan.key, state.lastNonce, encode);
    const added = wanted.changeFrom(state.held ?? nothingOf(state.typeUrl)).set;
    const snapshotVersion = target.view.label;
    state.inFlight = { nonce: wave.nonce, wanted, sent: plan.set, removed: plan.removed, version: plan.version, snapshotVersion, sentAt };
    state.lastNonce = wave.nonce;
    state.held = wanted;
    state.owed.clear();
    state.rejected = undefined;
    state.blockedSince = undefined;
    if (state.typeUrl === CLUSTER_TYPE) {
      state.mayHold = wanted;
      state.lateUntil = added.size > 0 ? sentAt + settings.ackWaitMillis : undefined;
      if (dialect.protocol === 'sotw') target.view.remember(target.proxy.name, wanted);
      this.#renewEndpoints(added, sentAt);
    }
    if (state.typeUrl === LISTENER_TYPE) this.#allowRepeat(ROUTE_TYPE);
    this.busy = !outlet.send(wave.body);
    const { typeUrl } = state;
    const { set, version } = plan;
    this.#parts.report({ kind: 'sent', typeUrl, version, snapshotVersion, resourceCount: set.size, sizeBytes: wave.body.length });
  }

  // Envoy warms a changed cluster until its endpoints come again, equal or not; in delta it does not even ask.
  #renewEndpoints(clusters: ResourceSet, now: number): void {
    const state = this.#parts.types.get(ENDPOINT_TYPE);
    if (state === undefined || clusters.size === 0) return;
    state.held = state.held?.minus(clusters);
    state.rejected = undefined;
    state.askedAt = now;
  }

  #allowRepeat(typeUrl: TypeUrl): void {
    const state = this.#parts.types.get(typeUrl);
    if (state !== undefined) state.repeatable = true;
  }

  /** Requests of a reconnecting proxy arrive one by one: its routes must not overtake the clusters it has not asked for yet. */
  #awaitsClusterRequest(now: number): boolean {
    if (this.#parts.types.has(CLUSTER_TYPE)) return false;
    const until = this.#startedAt + this.#parts.settings.clusterRequestWaitMillis;
    if (now >= until) return false;
    this.#wakeAt(until);
    return true;
  }

  /** New or changed clusters are out, unacknowledged or refused, and not for too long: one name that does not resolve must not stop every route. */
  #isLate(state: TypeState, now: number): boolean {
    if (state.lateUntil === undefined || now >= state.lateUntil) return false;
    this.#wakeAt(state.lateUntil);
    return true;
  }

  #isInFlight(state: TypeState, now: number): boolean {
    if (state.inFlight === undefined) return false;
    const until = state.inFlight.sentAt + this.#parts.settings.ackWaitMillis;
    if (now >= until) return false;
    this.#wakeAt(until);
    return true;
  }

  #isEarlyRemoval(state: TypeState, plan: Plan): boolean {
    const user = USER.get(state.typeUrl);
    const onlyRemoves = plan.set.size === 0 && plan.removed.length > 0 && state.owed.size === 0;
    return onlyRemoves && user !== undefined && this.#parts.types.get(user)?.inFlight !== undefined;
  }

  #waitedEnough(state: TypeState, now: number): boolean {
    state.blockedSince ??= now;
    const until = state.blockedSince + this.#parts.settings.ackWaitMillis;
    if (now < until) this.#wakeAt(until);
    return now >= until;
  }

  #wakeAt(time: number): void {
    this.#wakeTime = Math.min(this.#wakeTime, time);
  }

  #setTimer(now: number): void {
    if (this.#timer?.time === this.#wakeTime) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#wakeTime === Number.POSITIVE_INFINITY) return;
    const time = this.#wakeTime;
    const cancel = this.#parts.setTimer(() => {
      this.#timer = undefined;
      this.#parts.wake();
    }, time - now);
    this.#timer = { time, cancel };
  }
}

function cut(text: string): string {
  return text.length <= MOST_MESSAGE ? text : `${text.slice(0, MOST_MESSAGE)}…`;
}
