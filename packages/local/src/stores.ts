import { setTimeout } from 'node:timers/promises';
import { meshId } from '@meshwright/model';
import { type Head, SnapshotUnreadable } from '@meshwright/snapshot';
import { type DataFolder, openDataFolder } from './dataFolder.ts';
import { lockHolder } from './lockHolder.ts';
import { FileSnapshots } from './snapshots/fileSnapshots.ts';
import { StartFailed } from './startFailed.ts';
import { inspectSqliteFile, type KnownMesh } from './store/inspection.ts';
import { SqliteStore, type SqliteStoreOptions } from './store/sqliteStore.ts';
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
 * @throws StartFailed when the folder is not ours, held, damaged, not readable or has lost commits; what is in it is as it was then.
 */
export async function openStores(path: string, options: SqliteStoreOptions): Promise<Stores> {
  const folder = await openDataFolder(path);
  // All is read before anything is written: opening a database writes its log back into it.
  const heads = await readable(path, folder, () => FileSnapshots.headsIn(folder.snapshots));
  const store = await whenFree(path, folder, () => {
    checkLoss(folder, heads, inspectSqliteFile(folder.database));
    return SqliteStore.open(folder.database, options);
  });
  try {
    return { store, snapshots: await readable(path, folder, () => FileSnapshots.open(folder.snapshots)) };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** A head is written after the commit it is of: one that is ahead of the database means that commits are gone. */
function checkLoss({ database, snapshots }: DataFolder, heads: readonly Head[], known: readonly KnownMesh[]): void {
  const generations = new Map(known.map((mesh) => [meshId(mesh), mesh.generation]));
  for (const { mesh, latest } of heads) {
    const generation = generations.get(mesh) ?? 0n;
    if (latest.version.n <= generation) continue;
    const fact = generation === 0n ? 'does not know it' : `is at ${generation}`;
    throw new StartFailed(
      `data was lost: generation ${latest.version.n} of mesh ${mesh} was published, but ${database} ${fact}: ` +
        `restore it with its -wal from a copy, name another folder with --data, or delete ${snapshots} to go on with what is left`,
    );
  }
}

/** What is wrong with the snapshots, as one line. */
async function readable<T>(path: string, { snapshots }: DataFolder, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SnapshotUnreadable) throw new StartFailed(`data folder ${path} cannot be used: ${error.message}`, error);
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new StartFailed(
      `${snapshots} cannot be used (${error.message}): make it a folder this user may read and write, ` +
        'or delete it: everything is then published again from the database',
      error,
    );
  }
}

async function whenFree(path: string, { database }: DataFolder, open: () => SqliteStore): Promise<SqliteStore> {
  for (let waited = 0; ; waited += POLL_MILLIS) {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof StoreUnusable)) throw error;
      if (error.reason !== 'inUse') throw new StartFailed(error.message, error);
      if (waited >= HELD_MILLIS) throw inUse(path, database, error);
    }
    await setTimeout(POLL_MILLIS);
  }
}

function inUse(path: string, database: string, cause: StoreUnusable): StartFailed {
  const pid = lockHolder(database);
  const who = pid === undefined ? 'another process' : `another process (pid ${pid})`;
  return new StartFailed(`data folder ${path} is in use by ${who}: stop it, or name another folder with --data`, cause);
}
