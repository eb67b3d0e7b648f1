import { setTimeout } from 'node:timers/promises';
import { SnapshotUnreadable } from '@meshwright/snapshot';
import { openDataFolder } from './dataFolder.ts';
import { FileSnapshots } from './snapshots/fileSnapshots.ts';
import { StartFailed } from './startFailed.ts';
import type { CommitListener } from './store/commitListener.ts';
import { SqliteStore } from './store/sqliteStore.ts';
import { StoreUnusable } from './store/unusable.ts';

/** A server that was told to end, or whose npm was killed, may hold the folder this long. */
const HELD_MILLIS = 3_000;
const POLL_MILLIS = 100;

/** Both embedded stores, in one data folder that this process alone uses. */
export interface Stores {
  readonly store: SqliteStore;
  readonly snapshots: FileSnapshots;
}

/**
 * Opens the stores of a data folder; one that another process is just leaving is waited for.
 * @throws StartFailed when the folder is not ours, held, or not readable; it is as it was then.
 */
export async function openStores(path: string, listener: CommitListener): Promise<Stores> {
  const folder = await openDataFolder(path);
  const store = await openDatabase(path, folder.database, listener);
  try {
    return { store, snapshots: await FileSnapshots.open(folder.snapshots) };
  } catch (error) {
    store.close();
    if (error instanceof SnapshotUnreadable) throw new StartFailed(`data folder ${path} cannot be used: ${error.message}`, error);
    throw error;
  }
}

async function openDatabase(path: string, database: string, listener: CommitListener): Promise<SqliteStore> {
  for (let waited = 0; ; waited += POLL_MILLIS) {
    try {
      return SqliteStore.open(database, listener);
    } catch (error) {
      if (!(error instanceof StoreUnusable)) throw error;
      if (error.reason !== 'inUse') throw new StartFailed(error.message, error);
      if (waited >= HELD_MILLIS) {
        throw new StartFailed(`data folder ${path} is in use by another process: stop it, or name another folder with --data`, error);
      }
    }
    await setTimeout(POLL_MILLIS);
  }
}
