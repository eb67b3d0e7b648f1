import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type RelayReport, type SessionStatus, type StatusTable, StatusUnavailable } from '@meshwright/snapshot';

/** Number of the table layout below; a file of another one is emptied, for its rows are minutes old at most. */
const FORMAT = 1;
/** Several processes may have the file open; a report waits this long for another's. */
const BUSY_MILLIS = 1_000;

const TABLES = `
  DROP TABLE IF EXISTS relays;
  DROP TABLE IF EXISTS sessions;
  CREATE TABLE relays (relay TEXT NOT NULL PRIMARY KEY, stale_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions (
    relay TEXT NOT NULL, mesh TEXT NOT NULL, id TEXT NOT NULL, kept_until INTEGER NOT NULL, silent INTEGER NOT NULL, status TEXT NOT NULL,
    PRIMARY KEY (relay, mesh, id)
  ) STRICT;
  CREATE INDEX sessions_of_mesh ON sessions (mesh);
  CREATE INDEX silent_sessions ON sessions (silent) WHERE silent = 1;
  PRAGMA user_version = ${FORMAT};
`;

const ANSWERED = 'JOIN relays USING (relay) WHERE stale_at > :now AND kept_until > :now';

const texts = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  heartbeat: 'INSERT INTO relays VALUES (:relay, :staleAt) ON CONFLICT DO UPDATE SET stale_at = excluded.stale_at',
  put: 'INSERT OR REPLACE INTO sessions VALUES (:relay, :mesh, :id, :keptUntil, :silent, :status)',
  remove: 'DELETE FROM sessions WHERE relay = :relay AND mesh = :mesh AND id = :id',
  dropRows: 'DELETE FROM sessions WHERE relay IN (SELECT relay FROM relays WHERE stale_at <= :now)',
  dropRelays: 'DELETE FROM relays WHERE stale_at <= :now',
  ofMesh: `SELECT status FROM sessions ${ANSWERED} AND mesh = :mesh`,
  silent: `SELECT status FROM sessions ${ANSWERED} AND silent = 1`,
} as const;

/**
 * A `StatusTable` in a SQLite file of its own: what is written here holds up no commit, and waits for no disk. A file that is
 * damaged or gone costs the news of the last moments.
 */
export class SqliteStatusTable implements StatusTable {
  readonly #database: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof texts, StatementSync>>;
  readonly #now: () => number;

  private constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    const entries = Object.entries(texts).map(([name, text]) => [name, database.prepare(text)] as const);
    this.#statements = Object.fromEntries(entries) as Record<keyof typeof texts, StatementSync>;
    this.#now = now;
  }

  /**
   * @param now epoch milliseconds.
   * @throws StatusUnavailable when the file is no database or cannot be opened.
   */
  static open(path: string, now: () => number): SqliteStatusTable {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path);
      // Rows may be lost with the power: they are told again.
      database.exec(`PRAGMA busy_timeout = ${BUSY_MILLIS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF`);
      if (database.prepare('PRAGMA user_version').get()?.user_version !== FORMAT) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
      return new SqliteStatusTable(database, now);
    } catch (cause) {
      database?.close();
      throw unavailable(cause);
    }
  }

  async report(report: RelayReport): Promise<void> {
    this.#use(() => {
      this.#statements.begin.run();
      try {
        this.#write(report);
        this.#statements.commit.run();
      } catch (error) {
        if (this.#database.isTransaction) this.#statements.rollback.run();
        throw error;
      }
    });
  }

  async sessions(mesh: string): Promise<readonly SessionStatus[]> {
    return this.#use(() => read(this.#statements.ofMesh.all({ mesh, now: this.#now() })));
  }

  async silent(): Promise<readonly SessionStatus[]> {
    return this.#use(() => read(this.#statements.silent.all({ now: this.#now() })));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #write({ relay, staleAt, keptUntil, sessions, forgotten }: RelayReport): void {
    const { heartbeat, put, remove, dropRows, dropRelays } = this.#statements;
    heartbeat.run({ relay, staleAt });
    for (const { mesh = '', id } of forgotten) remove.run({ relay, mesh, id });
    for (const session of sessions) {
      const { mesh = '', id, silence } = session;
      put.run({ relay, mesh, id, keptUntil, silent: silence === undefined ? 0 : 1, status: JSON.stringify(session) });
    }
    const now = this.#now();
    dropRows.run({ now });
    dropRelays.run({ now });
  }

  #use<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

function read(rows: readonly Record<string, unknown>[]): readonly SessionStatus[] {
  return rows.map(({ status }) => JSON.parse(String(status)) as SessionStatus);
}

function unavailable(cause: unknown): StatusUnavailable {
  return new StatusUnavailable(`the status file cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
