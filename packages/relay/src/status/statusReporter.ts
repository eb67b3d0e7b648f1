import { MOST_REPORTED, type SessionKey, type StatusTable } from '@meshwright/snapshot';
import type { Sessions } from './sessions.ts';

/** What reporting works with. */
export interface StatusReporterParts {
  readonly table: StatusTable;
  readonly sessions: Sessions;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Calls back once after `millis`, unless the returned function was called before. */
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  /** Told when the table has failed; it is tried again. */
  readonly onFailure: (cause: unknown) => void;
  readonly settings?: Partial<ReportSettings>;
}

/** Bounds of reporting, in milliseconds unless the name says otherwise. */
export interface ReportSettings {
  /** Most sessions of one report; MOST_REPORTED, which is 200. */
  readonly batchSessions: number;
  /** Shortest time from one report to the next; 1,000. With the size of a batch it bounds what a table is asked to take. */
  readonly reportMillis: number;
  /** Longest time from one report to the next, also when nothing changed; 10,000. A relay that misses three counts as gone. */
  readonly heartbeatMillis: number;
  /** A row that was not told again for this long may be removed; 3,600,000. */
  readonly keptMillis: number;
}

const DEFAULTS: ReportSettings = { batchSessions: MOST_REPORTED, reportMillis: 1_000, heartbeatMillis: 10_000, keptMillis: 3_600_000 };
/** Heartbeats that may be missed. */
const MISSED = 3;

/**
 * Tells a status table of a relay's sessions: what changed, in batches, and that the relay is there. Events wait for no report,
 * and a table that is away is told everything when it is back.
 */
export class StatusReporter {
  readonly #parts: StatusReporterParts;
  readonly #settings: ReportSettings;
  /** By id and mesh; in the order of their first change. */
  readonly #changed = new Map<string, SessionKey>();
  readonly #leave: () => void;
  #cancelTimer: () => void = () => {};
  #reporting: Promise<void> = Promise.resolve();
  #lastReport = Number.NEGATIVE_INFINITY;
  #toldAllAt: number;
  #closed = false;

  constructor(parts: StatusReporterParts) {
    this.#parts = parts;
    this.#settings = { ...DEFAULTS, ...parts.settings };
    this.#toldAllAt = parts.now();
    this.#leave = parts.sessions.subscribe((key) => this.#mark(key));
    for (const key of parts.sessions.keys()) this.#mark(key);
    this.#arm(0);
  }

  /** Tells that the relay leaves, if the table takes it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#leave();
    this.#cancelTimer();
    await this.#reporting;
    const { table, sessions, now, onFailure } = this.#parts;
    const at = now();
    await table.report({ relay: sessions.relay, staleAt: at - 1, keptUntil: at, sessions: [], forgotten: [] }).catch(onFailure);
  }

  #mark(key: SessionKey): void {
    this.#changed.set(`${key.id}\n${key.mesh ?? ''}`, key);
  }

  #arm(millis: number): void {
    if (this.#closed) return;
    this.#cancelTimer = this.#parts.setTimer(() => {
      this.#reporting = this.#tick().then((failed) => this.#arm(failed ? this.#settings.heartbeatMillis : this.#settings.reportMillis));
    }, millis);
  }

  /** @returns whether the table failed. */
  async #tick(): Promise<boolean> {
    const { heartbeatMillis, keptMillis } = this.#settings;
    const now = this.#parts.now();
    // Rows of a relay that was silent for too long may be gone, and old ones are about to be.
    const wasTakenForGone = now - this.#lastReport >= MISSED * heartbeatMillis;
    if (wasTakenForGone || now - this.#toldAllAt >= keptMillis / 2) {
      for (const key of this.#parts.sessions.keys()) this.#mark(key);
      this.#toldAllAt = now;
    }
    if (this.#changed.size === 0 && now - this.#lastReport < heartbeatMillis) return false;
    return await this.#report(now);
  }

  async #report(now: number): Promise<boolean> {
    const { table, sessions, onFailure } = this.#parts;
    const batch = [...this.#changed].slice(0, this.#settings.batchSessions);
    for (const [mark] of batch) this.#changed.delete(mark);
    const known = batch.map(([, key]) => ({ key, status: sessions.get(key) }));
    const { heartbeatMillis, keptMillis } = this.#settings;
    try {
      await table.report({
        relay: sessions.relay,
        staleAt: now + MISSED * heartbeatMillis,
        keptUntil: now + keptMillis,
        sessions: known.flatMap(({ status }) => status ?? []),
        forgotten: known.flatMap(({ key, status }) => (status === undefined ? [key] : [])),
      });
      this.#lastReport = now;
      return false;
    } catch (cause) {
      for (const [, key] of batch) this.#mark(key);
      onFailure(cause);
      return true;
    }
  }
}
