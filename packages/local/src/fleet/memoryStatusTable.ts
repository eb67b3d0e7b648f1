import type { RelayReport, SessionStatus, StatusTable } from '@meshwright/snapshot';

interface Row {
  readonly session: SessionStatus;
  readonly keptUntil: number;
}
interface Relay {
  staleAt: number;
  /** By mesh and id, which are a row's key in the other adapters. */
  readonly rows: Map<string, Row>;
}

/** A `StatusTable` in memory, for tests and for relays whose API is in the same process. */
export class MemoryStatusTable implements StatusTable {
  readonly #now: () => number;
  readonly #relays = new Map<string, Relay>();

  /** @param now epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  async report({ relay, staleAt, keptUntil, sessions, forgotten }: RelayReport): Promise<void> {
    const known = this.#relays.get(relay) ?? { staleAt, rows: new Map() };
    this.#relays.set(relay, known);
    known.staleAt = staleAt;
    for (const { mesh, id } of forgotten) known.rows.delete(`${mesh ?? ''}\n${id}`);
    for (const session of sessions) known.rows.set(`${session.mesh ?? ''}\n${session.id}`, { session, keptUntil });
    for (const [name, other] of this.#relays) if (other.staleAt <= this.#now()) this.#relays.delete(name);
  }

  async sessions(mesh: string): Promise<readonly SessionStatus[]> {
    return this.#told((session) => session.mesh === mesh);
  }

  async silent(): Promise<readonly SessionStatus[]> {
    return this.#told((session) => session.silence !== undefined);
  }

  #told(isWanted: (session: SessionStatus) => boolean): readonly SessionStatus[] {
    const now = this.#now();
    const rows = [...this.#relays.values()].filter(({ staleAt }) => staleAt > now).flatMap((relay) => [...relay.rows.values()]);
    return rows.flatMap(({ session, keptUntil }) => (keptUntil > now && isWanted(session) ? [session] : []));
  }
}
