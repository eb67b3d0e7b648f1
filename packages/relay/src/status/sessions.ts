import { createHash } from 'node:crypto';
import type { SessionKey, SessionStatus, SessionSummary } from '@meshwright/snapshot';
import type { ProxyStatusEvent } from '../ports.ts';
import { type Connected, Session } from './session.ts';

/** How long a stream that has ended is told of: long enough to see who has not come back. */
const GONE_KEPT_MILLIS = 3_600_000;
/** Most ended streams told of; the one that ended first is forgotten first. Open ones are as many as there are connections. */
const MOST_GONE = 1_000;
/** Hex digits of an id: 64 bits, so that a fleet of millions has no two alike. */
const ID_DIGITS = 16;

/** What sessions are told with. */
export interface SessionsParts {
  /** Name of the relay whose streams these are, unique to its process. */
  readonly relay: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Streams of one proxy, or of several that nothing tells apart. */
interface Twins {
  /** How many numbers were given out. */
  given: number;
  /** Numbers whose streams have ended. */
  readonly free: number[];
  /** Streams that are told of, open or not. */
  told: number;
}

/**
 * What is known of one relay's streams, from what it tells of them. A proxy that comes back takes the place of its ended stream,
 * so that one whose connection is cut again and again is one row and not hundreds.
 */
export class Sessions {
  readonly #parts: SessionsParts;
  readonly #open = new Map<number, Session>();
  readonly #told = new Map<string, Session>();
  /** By id, in the order in which they ended. */
  readonly #gone = new Map<string, number>();
  readonly #twins = new Map<string, Twins>();
  readonly #listeners = new Set<(key: SessionKey) => void>();

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** The relay whose streams these are. */
  get relay(): string {
    return this.#parts.relay;
  }

  /** Takes in one event of the relay. */
  take(event: ProxyStatusEvent): void {
    if (!('session' in event)) return;
    const now = this.#parts.now();
    if (event.kind === 'connected') {
      this.#enter(event, now);
      return;
    }
    const session = this.#open.get(event.session);
    if (session === undefined) return;
    session.take(event, now);
    this.#changed(session);
    if (event.kind !== 'gone') return;
    this.#open.delete(event.session);
    this.#gone.set(session.id, now);
    this.#twins.get(baseOf(session.id))?.free.push(numberOf(session.id));
    this.#forget(now);
  }

  /** Undefined when it is not told of, or no longer. */
  get({ mesh, id }: SessionKey): SessionStatus | undefined {
    const session = this.#told.get(id);
    return session !== undefined && session.mesh === mesh ? session.status(this.relay) : undefined;
  }

  /** All of them, or those of one mesh, without what happened to them. */
  all(mesh?: string): readonly SessionSummary[] {
    this.#forget(this.#parts.now());
    const wanted = [...this.#told.values()].filter((session) => mesh === undefined || session.mesh === mesh);
    return wanted.map((session) => session.summary(this.relay));
  }

  /** What finds them. */
  keys(): readonly SessionKey[] {
    return Array.from(this.#told.values(), keyOf);
  }

  /** Calls back with every session that changes or is forgotten; it must not throw. Returns a function that ends it. */
  subscribe(listener: (key: SessionKey) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #enter(event: Connected, now: number): void {
    const base = idBase(event);
    const twins = this.#twins.get(base) ?? { given: 0, free: [], told: 0 };
    this.#twins.set(base, twins);
    const number = twins.free.pop() ?? ++twins.given;
    const id = number === 1 ? base : `${base}-${number}`;
    const before = this.#told.get(id);
    if (before === undefined) twins.told += 1;
    this.#gone.delete(id);
    const session = new Session(id, event, now);
    this.#told.set(id, session);
    this.#open.set(event.session, session);
    this.#changed(session);
    if (before !== undefined && before.mesh !== session.mesh) this.#changed(before);
  }

  #forget(now: number): void {
    for (const [id, endedAt] of this.#gone) {
      if (this.#gone.size <= MOST_GONE && now - endedAt < GONE_KEPT_MILLIS) return;
      this.#gone.delete(id);
      const session = this.#told.get(id);
      this.#told.delete(id);
      const twins = this.#twins.get(baseOf(id));
      if (twins !== undefined && --twins.told === 0) this.#twins.delete(baseOf(id));
      if (session !== undefined) this.#changed(session);
    }
  }

  #changed(session: Session): void {
    for (const listener of this.#listeners) listener(keyOf(session));
  }
}

function keyOf({ mesh, id }: Session): SessionKey {
  return mesh === undefined ? { id } : { mesh, id };
}

/** The same for every stream of a proxy: of its node id, and of what tells it from its replicas, or else the host it comes from. */
function idBase({ node, peer }: Connected): string {
  const host = peer.address.replace(/:\d+$/, '');
  const whole = JSON.stringify([node.id, node.instance ?? host]);
  return createHash('sha256').update(whole).digest('hex').slice(0, ID_DIGITS);
}

function baseOf(id: string): string {
  return id.slice(0, ID_DIGITS);
}

function numberOf(id: string): number {
  return id.length === ID_DIGITS ? 1 : Number(id.slice(ID_DIGITS + 1));
}
