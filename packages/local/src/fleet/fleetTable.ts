import type { FleetView } from '@meshwright/api';
import { meshId, type Page, type PageRequest } from '@meshwright/model';
import type { ProxyStatusEvent } from '@meshwright/relay';
import { Session } from './sessionStatus.ts';

/** How long a stream that has ended is told of: long enough to see who has not come back. */
const GONE_KEPT_MILLIS = 3_600_000;
/** Most ended streams told of; the one that ended first is forgotten first. Open ones are as many as there are connections. */
const MOST_GONE = 1_000;

/**
 * What the relay of this process tells of its streams, kept in memory. A proxy that comes back from the same host takes the
 * place of one of its ended streams, so that a proxy whose connection is cut again and again is one row and not hundreds.
 */
export class FleetTable implements FleetView {
  readonly #now: () => number;
  readonly #open = new Map<number, Session>();
  /** In the order in which they ended. */
  readonly #gone = new Map<number, { readonly session: Session; readonly atMillis: number }>();

  /** @param now epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes in one event of the relay. */
  take(event: ProxyStatusEvent): void {
    if (!('session' in event)) return;
    const atMillis = this.#now();
    if (event.kind === 'connected') {
      const session = new Session(event, atMillis);
      this.#replaceGone(session);
      this.#open.set(event.session, session);
      return;
    }
    const session = this.#open.get(event.session);
    if (session === undefined) return;
    session.take(event, atMillis);
    if (event.kind !== 'gone') return;
    this.#open.delete(event.session);
    this.#gone.set(event.session, { session, atMillis });
    this.#forget(atMillis);
  }

  async proxies(mesh: Parameters<FleetView['proxies']>[0], page: PageRequest) {
    const id = meshId(mesh);
    return this.#page(page, (session) => (session.mesh === id ? session.proxy : undefined));
  }

  async unknownNodes(page: PageRequest) {
    return this.#page(page, (session) => session.unknown);
  }

  #page<Row>({ limit, after }: PageRequest, row: (session: Session) => Row | undefined): Page<Row> {
    this.#forget(this.#now());
    const all = [...this.#open, ...Array.from(this.#gone, ([id, { session }]) => [id, session] as const)];
    const keyed = all.map(([id, session]) => ({ key: `${session.nodeId}\n${String(id).padStart(12, '0')}`, session }));
    const rows: Row[] = [];
    let last: string | undefined;
    for (const { key, session } of keyed.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const told = after !== undefined && key <= after ? undefined : row(session);
      if (told === undefined) continue;
      if (rows.length === limit && last !== undefined) return { items: rows, next: last };
      rows.push(told);
      last = key;
    }
    return { items: rows };
  }

  #replaceGone({ nodeId, host }: Session): void {
    for (const [id, { session }] of this.#gone) {
      if (session.nodeId !== nodeId || session.host !== host) continue;
      this.#gone.delete(id);
      return;
    }
  }

  #forget(nowMillis: number): void {
    for (const [id, { atMillis }] of this.#gone) {
      if (this.#gone.size <= MOST_GONE && nowMillis - atMillis < GONE_KEPT_MILLIS) return;
      this.#gone.delete(id);
    }
  }
}
