import type { ProxyStatusEvent } from '@meshwright/relay';
import { compareVersions, formatVersion, parseVersion, type SnapshotVersion } from '@meshwright/snapshot';

/** What became of one version, as people read it, and the values in it. */
export interface DeliveryNews {
  readonly mesh: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface DeliveryParts {
  /** Milliseconds that only rise. */
  readonly now: () => number;
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  readonly tell: (news: DeliveryNews) => void;
}

/** With no answer due for this long, a version counts as delivered: one type is sent when another was acknowledged. */
const QUIET_MILLIS = 100;
/** After this long those who have not answered are told of; as long as the relay waits for them before it goes on. */
const LATE_MILLIS = 15_000;
/** Most proxies named. */
const MAX_NAMED = 5;

type Exchange = Extract<ProxyStatusEvent, { readonly kind: 'sent' | 'acked' | 'rejected' }>;

/** One version of one mesh on its way to the proxies. */
interface Delivery {
  readonly version: string;
  /** What publishing took before it could be sent. */
  readonly publishMillis: number;
  readonly startedAt: number;
  /** When the last answer came. */
  answeredAt: number;
  /** Session → node id of all that were sent something. */
  readonly reached: Map<number, string>;
  readonly refused: Map<number, string>;
  /** Session → types without an answer. */
  readonly waiting: Map<number, Set<string>>;
  cancelQuiet: () => void;
  cancelLate: () => void;
  isTold: boolean;
}

/** Follows the newest version of each mesh until the proxies that it changes have answered, and tells of it once, in one line. */
export class Deliveries {
  readonly #parts: DeliveryParts;
  readonly #sessions = new Map<number, { readonly mesh: string; readonly connectedAt: number }>();
  /** Mesh → its newest version. */
  readonly #newest = new Map<string, Delivery>();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** A version is there to be sent, and publishing it took that many milliseconds: those count, too. */
  published(mesh: string, version: SnapshotVersion, millis = 0): void {
    this.#delivery(mesh, formatVersion(version), millis);
  }

  /** Takes in one event of the relay. */
  take(event: ProxyStatusEvent): void {
    if (event.kind === 'snapshotUnreadable') return;
    if (event.kind === 'connected' && event.admission.kind === 'proxy') {
      this.#sessions.set(event.session, { mesh: event.admission.mesh, connectedAt: this.#parts.now() });
    } else if (event.kind === 'gone') {
      this.#gone(event.session);
    } else if (event.kind === 'sent' || event.kind === 'acked' || event.kind === 'rejected') {
      this.#exchange(event);
    }
  }

  #gone(session: number): void {
    const { mesh = '' } = this.#sessions.get(session) ?? {};
    this.#sessions.delete(session);
    const delivery = this.#newest.get(mesh);
    if (delivery?.waiting.delete(session) !== true) return;
    delivery.reached.delete(session);
    this.#look(mesh, delivery);
  }

  #exchange({ kind, session, typeUrl, snapshotVersion, node }: Exchange): void {
    const { mesh = '', connectedAt = 0 } = this.#sessions.get(session) ?? {};
    const known = this.#newest.get(mesh);
    if (known === undefined) return;
    const delivery = isNewer(snapshotVersion, known.version) ? this.#delivery(mesh, snapshotVersion) : known;
    // A proxy that came later gets the version because it came: that says nothing of how long the version took.
    if (delivery.isTold || delivery.version !== snapshotVersion || connectedAt > delivery.startedAt) return;
    const types = delivery.waiting.get(session) ?? new Set();
    if (kind === 'sent') {
      delivery.reached.set(session, node.id);
      delivery.waiting.set(session, types.add(typeUrl));
      delivery.cancelQuiet();
      return;
    }
    delivery.answeredAt = this.#parts.now();
    if (kind === 'rejected') delivery.refused.set(session, node.id);
    types.delete(typeUrl);
    if (types.size === 0) delivery.waiting.delete(session);
    this.#look(mesh, delivery);
  }

  #delivery(mesh: string, version: string, publishMillis = 0): Delivery {
    const known = this.#newest.get(mesh);
    if (known?.version === version) return known;
    known?.cancelQuiet();
    known?.cancelLate();
    const now = this.#parts.now();
    const delivery: Delivery = {
      version,
      publishMillis,
      startedAt: now,
      answeredAt: now,
      reached: new Map(),
      refused: new Map(),
      waiting: new Map(),
      cancelQuiet: () => {},
      cancelLate: this.#parts.setTimer(() => this.#tellLate(mesh, delivery), LATE_MILLIS),
      isTold: false,
    };
    this.#newest.set(mesh, delivery);
    return delivery;
  }

  #look(mesh: string, delivery: Delivery): void {
    delivery.cancelQuiet();
    if (delivery.waiting.size > 0 || delivery.reached.size === 0) return;
    delivery.cancelQuiet = this.#parts.setTimer(() => this.#tellDelivered(mesh, delivery), QUIET_MILLIS);
  }

  #tellDelivered(mesh: string, delivery: Delivery): void {
    delivery.isTold = true;
    delivery.cancelLate();
    const { version, reached, refused } = delivery;
    const millis = delivery.publishMillis + delivery.answeredAt - delivery.startedAt;
    const accepted = reached.size - refused.size;
    const refusals = refused.size === 0 ? '' : `, ${refused.size} refused it: ${named([...refused.values()])}`;
    const text = `version ${version} is with ${accepted} ${accepted === 1 ? 'proxy' : 'proxies'} after ${millis.toFixed(0)} ms${refusals}`;
    this.#parts.tell({ mesh, text, fields: { version, accepted, refused: [...refused.values()], millis } });
  }

  #tellLate(mesh: string, { version, waiting, reached }: Delivery): void {
    if (waiting.size === 0) return;
    const late = [...waiting.keys()].map((session) => reached.get(session) ?? '');
    const text = `version ${version} has no answer after ${LATE_MILLIS / 1_000} s from ${late.length} of ${reached.size} proxies: ${named(late)}`;
    this.#parts.tell({ mesh, text, fields: { version, late } });
  }
}

/** A stream may be behind, or a relay. */
function isNewer(one: string, other: string): boolean {
  const [first, second] = [parseVersion(one), parseVersion(other)];
  return first !== undefined && second !== undefined && compareVersions(first, second) > 0;
}

function named(ids: readonly string[]): string {
  const more = ids.length - MAX_NAMED;
  return [...ids.slice(0, MAX_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
