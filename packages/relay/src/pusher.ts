import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import type { TypeUrl } from '@meshwright/snapshot';
import type { Dialect, Message, Plan } from './dialect.ts';
import type { EndpointSets } from './endpoints.ts';
import { isLive, SECRET_TYPE } from './liveTypes.ts';
import type { Outlet } from './outlet.ts';
import { Refusal } from './refusal.ts';
import { nothingOf, type ResourceSet } from './resourceSet.ts';
import type { SecretSets } from './secrets.ts';
import type { RelaySettings } from './settings.ts';
import { refusalCauses, refusalText, refusedContents } from './status/refusalCauses.ts';
import type { StreamEvent } from './streamEvent.ts';
import { CLUSTER_USERS, type Rules, type Target } from './target.ts';
import type { TypeState } from './typeState.ts';
import type { Wave, Waves } from './waves.ts';

/** What the pushers of all streams share. */
export interface PusherParts {
  readonly endpoints: EndpointSets;
  readonly secrets: SecretSets | undefined;
  readonly settings: RelaySettings;
  readonly waves: Waves;
  readonly now: () => number;
  readonly setTimer: (callback: () => void, millis: number) => () => void;
}

/** The stream that is pushed to. */
interface PushedStream {
  readonly dialect: Dialect;
  readonly outlet: Outlet;
  readonly types: ReadonlyMap<string, TypeState>;
  report(event: StreamEvent): void;
  /** Has `push` called soon. */
  wake(): void;
}

// Make before break. Trust comes before those that are checked by it; clusters before what names them; endpoints next, for a
// cluster warms until it has them; listeners before routes, for a proxy asks for routes once a listener names them.
const PUSH_ORDER: readonly TypeUrl[] = [SECRET_TYPE, CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE];

/** What gRPC's C core takes per message and its embedders leave as it is, in bytes; Envoy's google_grpc asks again for ever. */
const GOOGLE_GRPC_LIMIT_BYTES = 4 * 1024 * 1024;
const GOOGLE_GRPC_AGENT = /\bgrpc-c\+\+\//;
/** Share of the limit past which growth is told of: 3 of 4 MiB. */
const NEAR_LIMIT = 0.75;

/** Whose acknowledgement tells that a proxy no longer uses resources of a type, which it then drops by itself. */
const USER: ReadonlyMap<TypeUrl, TypeUrl> = new Map([
  [ENDPOINT_TYPE, CLUSTER_TYPE],
  [ROUTE_TYPE, LISTENER_TYPE],
]);

/** Decides what one stream is sent and when: one response in flight per type, nothing queued, the newest content wins. */
export class Pusher implements Rules {
  /** The transport takes nothing at the moment. */
  busy = false;
  readonly dialect: Dialect;
  readonly endpoints: EndpointSets;
  readonly secrets: SecretSets | undefined;
  readonly settings: RelaySettings;
  readonly types: ReadonlyMap<string, TypeState>;
  readonly #parts: PusherParts;
  readonly #stream: PushedStream;
  readonly #startedAt: number;
  readonly #limitBytes: number | undefined;
  #wakeTime = Number.POSITIVE_INFINITY;
  #timer: { readonly time: number; readonly cancel: () => void } | undefined;

  constructor(parts: PusherParts, stream: PushedStream) {
    this.#parts = parts;
    this.#stream = stream;
    this.dialect = stream.dialect;
    this.types = stream.types;
    this.endpoints = parts.endpoints;
    this.secrets = parts.secrets;
    this.settings = parts.settings;
    this.#startedAt = parts.now();
    this.#limitBytes = GOOGLE_GRPC_AGENT.test(stream.outlet.peer.userAgent) ? GOOGLE_GRPC_LIMIT_BYTES : undefined;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Goes through the types in order; what must wait is looked at again on the next request, drain or timer. */
  push(target: Target): void {
    const now = this.#parts.now();
    this.#wakeTime = Number.POSITIVE_INFINITY;
    let mustWait = this.#awaitsClusterRequest(now);
    for (const typeUrl of PUSH_ORDER) {
      if (this.busy) break;
      const state = this.types.get(typeUrl);
      if (state !== undefined) mustWait = this.#pushType(state, target, mustWait, now) || mustWait;
    }
    this.#setTimer(now);
  }

  /** Takes what a request says of the response it answers; anything but the last response's nonce is stale and says nothing. */
  answer(state: TypeState, message: Message): boolean {
    const flight = state.inFlight;
    if (flight === undefined || message.nonce !== String(flight.nonce)) return false;
    const { typeUrl } = state;
    const { version, snapshotVersion, wanted, sentAt, sent, sources } = flight;
    state.inFlight = undefined;
    if (message.error !== undefined) {
      state.rejected = new Refusal(wanted, state.accepted);
      this.dialect.reject(state, flight);
      const contents = refusedContents(message.error, sent, state.accepted);
      const refused = { message: refusalText(message.error), causes: refusalCauses(message.error, sent, sources), contents };
      this.#stream.report({ kind: 'rejected', typeUrl, version, snapshotVersion, ...refused });
      return true;
    }
    state.accepted = wanted;
    state.lateUntil = undefined;
    this.#stream.report({ kind: 'acked', typeUrl, version, snapshotVersion, millis: this.#parts.now() - sentAt });
    return true;
  }

  /** A reconnected client already has what it would be sent: told as an acknowledgement, for nothing else will be. */
  adopted(state: TypeState, target: Target): void {
    const { typeUrl, has } = state;
    state.accepted = has;
    if (has === undefined || has !== target.own(state)) return;
    this.#stream.report({ kind: 'acked', typeUrl, version: has.version, snapshotVersion: target.view.label, millis: 0 });
  }

  /** @returns whether later types that name clusters must wait. */
  #pushType(state: TypeState, target: Target, mustWait: boolean, now: number): boolean {
    const wanted = target.wanted(state, this, now);
    if (state.withheld !== undefined && state.withheld === wanted?.version) return false;
    state.withheld = undefined;
    const refused = wanted !== undefined && state.rejected?.covers(wanted) === true;
    const plan = wanted === undefined || refused ? undefined : this.dialect.plan(state, wanted);
    if (wanted === undefined || plan === undefined) {
      state.blockedSince = undefined;
      return this.#isLate(state, now);
    }
    // What names clusters waits for as long as they cannot be sent: there is no bound after which the proxy would have them.
    if (this.#clustersWithheld && CLUSTER_USERS.includes(state.typeUrl)) return false;
    const blocked =
      this.#isInFlight(state, now) || (mustWait && CLUSTER_USERS.includes(state.typeUrl)) || this.#isEarlyRemoval(state, plan);
    if (blocked && !this.#waitedEnough(state, now)) return true;
    const sent = this.#send(state, target, wanted, this.#withUnanswered(state, wanted, plan), now);
    return sent && this.#isLate(state, now);
  }

  // The answer to what is overdue will be stale once more is sent, a refusal included: so the newer response carries it all again.
  #withUnanswered(state: TypeState, wanted: ResourceSet, plan: Plan): Plan {
    if (state.inFlight === undefined) return plan;
    this.dialect.reject(state, state.inFlight);
    return this.dialect.plan(state, wanted) ?? plan;
  }

  /** @returns false when it is more than the client takes. */
  #send(state: TypeState, target: Target, wanted: ResourceSet, plan: Plan, sentAt: number): boolean {
    const { settings } = this;
    const wave = this.#waveOf(plan, state.lastNonce);
    if (!this.#fits(state, target, wanted, wave.body.length)) return false;
    const added = wanted.changeFrom(state.has ?? nothingOf(state.typeUrl)).set;
    const snapshotVersion = target.view.label;
    const { set: sent, removed, version: sentVersion } = plan;
    const { sources } = target.proxy;
    state.inFlight = { nonce: wave.nonce, wanted, sent, removed, version: sentVersion, snapshotVersion, sentAt, sources };
    state.lastNonce = wave.nonce;
    state.has = wanted;
    state.owed = undefined;
    state.rejected = undefined;
    state.withheld = undefined;
    state.blockedSince = undefined;
    if (!isLive(state.typeUrl) && wanted !== target.whole(state)) target.view.remember(target.proxy.name, wanted);
    if (state.typeUrl === CLUSTER_TYPE) {
      state.mayHave = wanted;
      state.lateUntil = added.size > 0 ? sentAt + settings.ackWaitMillis : undefined;
      this.#renewEndpoints(added, sentAt);
    }
    if (state.typeUrl === LISTENER_TYPE) this.#allowRepeat(ROUTE_TYPE);
    this.busy = !this.#stream.outlet.send(wave.body);
    const { typeUrl } = state;
    const { set, version } = plan;
    this.#stream.report({ kind: 'sent', typeUrl, version, snapshotVersion, resourceCount: set.size, sizeBytes: wave.body.length });
    return true;
  }

  get #clustersWithheld(): boolean {
    return this.types.get(CLUSTER_TYPE)?.withheld !== undefined;
  }

  #waveOf(plan: Plan, after: number): Wave {
    const { waves } = this.#parts;
    const encode = (nonce: string): Buffer => this.dialect.encode(plan, nonce);
    return plan.key === undefined ? waves.once(encode) : waves.take(plan.key, after, encode);
  }

  #fits(state: TypeState, { view }: Target, { version }: ResourceSet, sizeBytes: number): boolean {
    const limitBytes = this.#limitBytes;
    if (limitBytes === undefined || sizeBytes <= limitBytes * NEAR_LIMIT) return true;
    const withheld = sizeBytes > limitBytes;
    const { typeUrl } = state;
    this.#stream.report({ kind: 'tooLarge', typeUrl, version, snapshotVersion: view.label, sizeBytes, limitBytes, withheld });
    if (withheld) state.withheld = version;
    return !withheld;
  }

  // Envoy warms a changed cluster until its endpoints come again, equal or not; in delta it does not even ask.
  #renewEndpoints(clusters: ResourceSet, now: number): void {
    const state = this.types.get(ENDPOINT_TYPE);
    if (state === undefined || clusters.size === 0) return;
    state.has = state.has?.minus(clusters);
    state.rejected = undefined;
    state.askedAt = now;
  }

  #allowRepeat(typeUrl: TypeUrl): void {
    const state = this.types.get(typeUrl);
    if (state !== undefined) state.repeatable = true;
  }

  /** Requests of a reconnecting proxy arrive one by one: its routes must not overtake the clusters it has not asked for yet. */
  #awaitsClusterRequest(now: number): boolean {
    if (this.types.has(CLUSTER_TYPE)) return false;
    const until = this.#startedAt + this.settings.clusterRequestWaitMillis;
    if (now >= until) return false;
    this.wakeAt(until);
    return true;
  }

  /** New or changed clusters are out, unacknowledged or refused, and not for too long: one name that does not resolve must not stop every route. */
  #isLate(state: TypeState, now: number): boolean {
    if (state.lateUntil === undefined || now >= state.lateUntil) return false;
    this.wakeAt(state.lateUntil);
    return true;
  }

  #isInFlight(state: TypeState, now: number): boolean {
    if (state.inFlight === undefined) return false;
    const until = state.inFlight.sentAt + this.settings.ackWaitMillis;
    if (now >= until) return false;
    this.wakeAt(until);
    return true;
  }

  #isEarlyRemoval(state: TypeState, plan: Plan): boolean {
    const user = USER.get(state.typeUrl);
    const onlyRemoves = plan.set.size === 0 && plan.removed.length > 0 && (state.owed?.size ?? 0) === 0;
    return onlyRemoves && user !== undefined && this.types.get(user)?.inFlight !== undefined;
  }

  #waitedEnough(state: TypeState, now: number): boolean {
    state.blockedSince ??= now;
    const until = state.blockedSince + this.settings.ackWaitMillis;
    if (now < until) this.wakeAt(until);
    return now >= until;
  }

  wakeAt(time: number): void {
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
      this.#stream.wake();
    }, time - now);
    this.#timer = { time, cancel };
  }
}
