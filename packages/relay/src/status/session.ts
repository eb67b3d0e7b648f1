import {
  MOST_EVENTS,
  type RefusedContent,
  type RefusedSource,
  type SessionEvent,
  type SessionStatus,
  type SessionSummary,
  type SyncState,
  type TypeStatus,
} from '@meshwright/snapshot';
import type { Admission, ProxyStatusEvent } from '../ports.ts';

/** What is told of a stream after it was opened. */
export type LaterEvent = Exclude<Extract<ProxyStatusEvent, { readonly session: number }>, { readonly kind: 'connected' }>;
/** How a stream begins. */
export type Connected = Extract<ProxyStatusEvent, { readonly kind: 'connected' }>;
type Exchanged = Extract<LaterEvent, { readonly kind: 'sent' | 'acked' | 'rejected' }>;
type OneEvent = Connected | LaterEvent;

/** Characters of a reason or a refusal in the list of events; whole it stands with its type. */
const MOST_DETAIL = 512;

// Times are numbers here and become text when somebody asks: with thousands of streams few are asked for between two events.
interface At {
  readonly version: string;
  readonly snapshotVersion: string;
  readonly at: number;
}
interface TypeState {
  state: SyncState;
  sent?: At & { readonly resourceCount: number; readonly sizeBytes: number };
  acked?: At & { readonly millis: number };
  rejected?: At & { readonly message: string; readonly causes: readonly RefusedSource[]; readonly contents: readonly RefusedContent[] };
}

/** One stream's status, brought forward by what the relay tells of it. */
export class Session {
  readonly id: string;
  /** `<owner>/<mesh>`; undefined for a node that is not known. */
  readonly mesh: string | undefined;
  readonly #connected: Connected;
  readonly #connectedAt: number;
  readonly #types = new Map<string, TypeState>();
  readonly #events: { readonly at: number; readonly event: OneEvent }[] = [];
  #orphaned: string | undefined;
  #ended: { readonly at: number; readonly reason: string } | undefined;

  /** @param nowMillis epoch milliseconds. */
  constructor(id: string, event: Connected, nowMillis: number) {
    this.id = id;
    this.mesh = event.admission.kind === 'proxy' ? event.admission.mesh : undefined;
    this.#connected = event;
    this.#connectedAt = nowMillis;
    this.#remember(event, nowMillis);
  }

  take(event: LaterEvent, nowMillis: number): void {
    this.#remember(event, nowMillis);
    if (event.kind === 'orphaned') this.#orphaned = event.reason;
    else if (event.kind === 'found') this.#orphaned = undefined;
    else if (event.kind === 'gone') this.#ended = { at: nowMillis, reason: event.reason };
    else if (event.kind === 'tooLarge') this.#withheld(event);
    else if (event.kind === 'sent' || event.kind === 'acked' || event.kind === 'rejected') this.#exchange(event, nowMillis);
  }

  /** @param relay the relay that tells. */
  status(relay: string): SessionStatus {
    return { ...this.summary(relay), events: this.#events.map(({ at, event }) => eventText(event, at)) };
  }

  /** Without what happened, which costs most: fleets are looked at as a whole far more often. */
  summary(relay: string): SessionSummary {
    const { node, peer, protocol, admission } = this.#connected;
    const silence = this.#silence(admission);
    return {
      relay,
      id: this.id,
      nodeId: node.id,
      ...(node.instance !== undefined && { instance: node.instance }),
      address: peer.address,
      ...(node.envoyVersion !== '' && { envoyVersion: node.envoyVersion }),
      protocol,
      connectedAt: timeText(this.#connectedAt),
      ...(this.#ended && { ended: { ...this.#ended, at: timeText(this.#ended.at) } }),
      ...(admission.kind === 'proxy' && { mesh: admission.mesh, proxy: admission.proxy }),
      ...(silence && { silence }),
      types: Array.from(this.#types, ([typeUrl, type]) => typeStatus(typeUrl, type)),
    };
  }

  #silence(admission: Admission): SessionSummary['silence'] {
    if (admission.kind === 'refused') return { state: 'REFUSED', reason: admission.reason };
    if (admission.kind === 'unknown') return { state: 'UNKNOWN', reason: admission.reason };
    return this.#orphaned === undefined ? undefined : { state: 'ORPHANED', reason: this.#orphaned };
  }

  /** What it is not sent it cannot have accepted. */
  #withheld({ typeUrl, withheld }: Extract<LaterEvent, { readonly kind: 'tooLarge' }>): void {
    const type = this.#types.get(typeUrl) ?? { state: 'NOT_SENT' };
    this.#types.set(typeUrl, type);
    if (withheld && type.state === 'SYNCED') type.state = 'STALE';
  }

  #exchange(event: Exchanged, at: number): void {
    const { version, snapshotVersion } = event;
    const type = this.#types.get(event.typeUrl) ?? { state: 'NOT_SENT' };
    this.#types.set(event.typeUrl, type);
    if (event.kind === 'sent') {
      const { resourceCount, sizeBytes } = event;
      type.sent = { version, snapshotVersion, at, resourceCount, sizeBytes };
      // Whether newer content is better is not known before it was accepted.
      if (type.state !== 'REJECTED') type.state = 'STALE';
    } else if (event.kind === 'acked') {
      type.acked = { version, snapshotVersion, at, millis: Math.round(event.millis) };
      if (type.sent === undefined || type.sent.version === version) type.state = 'SYNCED';
    } else {
      const { message, causes = [], contents = [] } = event;
      type.rejected = { version, snapshotVersion, at, message, causes, contents };
      type.state = 'REJECTED';
    }
  }

  #remember(event: OneEvent, at: number): void {
    this.#events.push({ at, event });
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
  }
}

function typeStatus(typeUrl: string, { state, sent, acked, rejected }: TypeState): TypeStatus {
  return {
    typeUrl,
    state,
    ...(sent && { sent: { ...sent, at: timeText(sent.at) } }),
    ...(acked && { acked: { ...acked, at: timeText(acked.at) } }),
    ...(rejected && { rejected: { ...rejected, at: timeText(rejected.at) } }),
  };
}

function eventText(event: OneEvent, at: number): SessionEvent {
  const detail = detailOf(event)?.slice(0, MOST_DETAIL);
  return {
    at: timeText(at),
    kind: event.kind,
    ...('typeUrl' in event && { typeUrl: event.typeUrl }),
    ...('snapshotVersion' in event && { snapshotVersion: event.snapshotVersion }),
    ...(detail !== undefined && { detail }),
  };
}

function detailOf(event: OneEvent): string | undefined {
  if ('reason' in event) return event.reason;
  if (event.kind === 'rejected') return event.message;
  if (event.kind === 'tooLarge') return `${event.sizeBytes} bytes, of ${event.limitBytes} it takes${event.withheld ? ': not sent' : ''}`;
  return event.kind === 'connected' && event.admission.kind !== 'proxy' ? event.admission.reason : undefined;
}

function timeText(epochMillis: number): string {
  return new Date(epochMillis).toISOString();
}
