import { rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { MeshKey } from '@meshwright/model';
import { damaged, isSqliteError, unusable } from './sqliteError.ts';
import { formatOf } from './sqliteFile.ts';
import { StoreUnusable } from './unusable.ts';

const SQLITE_READONLY = 8;

/** How far a store file knows a mesh. */
export interface KnownMesh extends MeshKey {
  readonly generation: bigint;
}

/**
 * Reads through a store file before it is used, and answers which meshes it knows; none where there is no file yet.
 * Takes 50 ms for 60 MB. Neither the file nor its write-ahead log is written, which even closing an ordinary connection would do.
 * @throws StoreUnusable when it is in use, damaged, not ours, of a newer format or out of reach.
 */
export function inspectSqliteFile(path: string): readonly KnownMesh[] {
  if (sizeOf(path) === 0) {
    // SQLite would remove a log without its database; we make the file, durably, before anything is logged.
    if (sizeOf(`${path}-wal`) > 0) {
      throw new StoreUnusable(
        'notADatabase',
        `${path} is missing or empty, but ${path}-wal holds commits of it: restore both from a copy, or name another data folder.`,
      );
    }
    return [];
  }
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    return formatOf(database, path) === undefined ? [] : knownMeshes(database, path);
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    // A process that died while it made the file has left a journal; nothing was ever committed to such a file.
    if ((error.errcode & 0xff) === SQLITE_READONLY) return [];
    throw unusable(path, error);
  } finally {
    if (database !== undefined) leave(database, path);
  }
}

function knownMeshes(database: DatabaseSync, path: string): readonly KnownMesh[] {
  const [problem] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (problem !== 'ok') throw notWhole(path, String(problem));
  const select = database.prepare('SELECT owner, mesh, generation FROM generations');
  select.setReadBigInts(true);
  return select.all().map((row) => ({ ...row }) as unknown as KnownMesh);
}

/** What `quick_check` finds may take several lines. */
function notWhole(path: string, problem: string): StoreUnusable {
  return damaged(path, problem.replaceAll(/\s+/g, ' ').trim());
}

function leave(database: DatabaseSync, path: string): void {
  database.close();
  // Readers share memory in this file; whoever uses the store has it alone and needs none.
  rmSync(`${path}-shm`, { force: true });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
