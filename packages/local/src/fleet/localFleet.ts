import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DiagnosticsView } from '@meshwright/api';
import type { MeshStore } from '@meshwright/model';
import { type ProxyStatusEvent, Sessions, StatusReporter } from '@meshwright/relay';
import { type SessionSummary, type SnapshotStore, StatusUnavailable } from '@meshwright/snapshot';
import { Fleet } from './fleet.ts';
import type { SetTimer } from './fleetWatches.ts';
import { HeldDiagnostics } from './heldDiagnostics.ts';
import { RefusalDiagnostics } from './refusalDiagnostics.ts';
import { SqliteStatusTable } from './sqliteStatusTable.ts';

/** Beside `mesh.db`, and apart from it: what proxies say all the time holds up no commit. */
const FILE = 'status.db';
/** SQLite writes in this very thread: a report of this many takes some milliseconds, and commits wait no longer. */
const BATCH_SESSIONS = 50;

/** What the fleet of a control plane in one process works with. */
export interface LocalFleetParts {
  /** Unique to this process. */
  readonly relay: string;
  readonly dataFolder: string;
  readonly snapshots: Pick<SnapshotStore, 'head' | 'read'>;
  readonly store: Pick<MeshStore, 'get'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly setTimer: SetTimer;
  /** Told when the status table failed; this process's own proxies are told of all the same. */
  readonly onFailure: (cause: unknown) => void;
}

/** What is known of the proxies of a control plane in one process. */
export interface LocalFleet {
  readonly sessions: Sessions;
  readonly view: Fleet;
  /** Takes in one event of the relay. */
  take(event: ProxyStatusEvent): void;
  /** What all relays tell of a mesh's proxies, `<owner>/<mesh>`. @throws StatusUnavailable when what the others tell cannot be read. */
  reports(mesh: string): Promise<readonly SessionSummary[]>;
  /** A mesh's mistakes with what its proxies refuse, and what is held for that. */
  withRefusals(compiled: DiagnosticsView): DiagnosticsView;
  close(): Promise<void>;
}

/** Opens the status table of a data folder and begins to report to it. */
export function openLocalFleet(parts: LocalFleetParts): LocalFleet {
  const { relay, dataFolder, now, setTimer, onFailure, snapshots, store } = parts;
  const sessions = new Sessions({ relay, now });
  const table = openTable(join(dataFolder, FILE), now);
  const view = new Fleet({ sessions, table, snapshots, setTimer, onFailure });
  const reporter = new StatusReporter({ table, sessions, now, setTimer, onFailure, settings: { batchSessions: BATCH_SESSIONS } });
  return {
    sessions,
    view,
    take: (event) => sessions.take(event),
    async reports(mesh) {
      const others = (await table.sessions(mesh)).filter((session) => session.relay !== relay);
      return [...sessions.all(mesh), ...others];
    },
    withRefusals: (compiled) => {
      const refusals = new RefusalDiagnostics({ compiled, fleet: view, store });
      return new HeldDiagnostics({ others: refusals, fleet: view, snapshots });
    },
    async close() {
      view.close();
      await reporter.close();
      table.close();
    },
  };
}

/** A damaged file is made anew: what was in it is of streams that have ended. */
function openTable(path: string, now: () => number): SqliteStatusTable {
  try {
    return SqliteStatusTable.open(path, now);
  } catch (error) {
    if (!(error instanceof StatusUnavailable)) throw error;
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    return SqliteStatusTable.open(path, now);
  }
}
