import type { SessionStatus } from './session.ts';

/** A session by what finds its row. */
export type SessionKey = Pick<SessionStatus, 'mesh' | 'id'>;

/** What one relay tells at one time: that it is there, and what changed since it told last. */
export interface RelayReport {
  /** Unique to a relay's process. */
  readonly relay: string;
  /** Epoch milliseconds until which the relay counts as there; what it told is not answered after. In the past: it leaves. */
  readonly staleAt: number;
  /** Epoch milliseconds until which these rows are kept at most: a relay tells each of its sessions again before. */
  readonly keptUntil: number;
  /** New or changed; at most MOST_REPORTED. */
  readonly sessions: readonly SessionStatus[];
  /** No longer told of. */
  readonly forgotten: readonly SessionKey[];
}

/** Most sessions of one report. */
export const MOST_REPORTED = 200;

/**
 * Port: what all relays tell of their sessions. Adapters are held to the same behaviour by `statusTableContract`. Nothing that
 * serves proxies waits for it: its loss costs the news, and what was lost is told again.
 */
export interface StatusTable {
  /** @throws StatusUnavailable when it cannot be written: whether any of it was, is not known, and telling it again does no harm. */
  report(report: RelayReport): Promise<void>;
  /** All sessions of a mesh, `<owner>/<mesh>`, by relays that are there; in any order. @throws StatusUnavailable */
  sessions(mesh: string): Promise<readonly SessionStatus[]>;
  /** All sessions that are sent nothing, of whatever mesh. @throws StatusUnavailable */
  silent(): Promise<readonly SessionStatus[]>;
}

/** The status table cannot be read or written at the moment. */
export class StatusUnavailable extends Error {
  override readonly name = 'StatusUnavailable';
}
