import { DatabaseSync } from 'node:sqlite';
import { StoreUnusable } from './unusable.ts';

/** Number of the table layout below; a file with a higher one was written by a newer Meshwright. */
const FORMAT = 1;

/** `application_id` in the file's header ("Mesh" in ASCII): tells our files from other SQLite databases. */
const APPLICATION_ID = 0x4d657368;

const TABLES = `
  CREATE TABLE meta (format INTEGER NOT NULL) STRICT;
  CREATE TABLE generations (
    owner TEXT NOT NULL, mesh TEXT NOT NULL, generation INTEGER NOT NULL,
    PRIMARY KEY (owner, mesh)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE resources (
    owner TEXT NOT NULL, mesh TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL,
    spec TEXT NOT NULL, metadata TEXT NOT NULL, tags TEXT NOT NULL,
    PRIMARY KEY (owner, mesh, kind, parent, name)
  ) STRICT;
  CREATE INDEX existing_meshes ON resources (owner, name) WHERE kind = 'mesh';
  CREATE TABLE log (
    owner TEXT NOT NULL, mesh TEXT NOT NULL, generation INTEGER NOT NULL,
    write_id TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, source TEXT NOT NULL, message TEXT, changes TEXT NOT NULL,
    PRIMARY KEY (owner, mesh, generation)
  ) STRICT;
  CREATE TABLE tokens (
    key TEXT NOT NULL PRIMARY KEY, body_hash TEXT NOT NULL, answer TEXT NOT NULL, uid TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX expiring_tokens ON tokens (expires_at);
  INSERT INTO meta VALUES (${FORMAT});
`;

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** What `node:sqlite` throws; the result code may be an extended one, whose low byte is the plain one. */
export interface SqliteError extends Error {
  readonly code: 'ERR_SQLITE_ERROR';
  readonly errcode: number;
}

/** Whether SQLite itself failed, rather than our use of it. */
export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/**
 * Opens the file, makes its tables when it is new, and keeps it for this process alone.
 *
 * The lock is SQLite's own, on the file itself (`locking_mode=EXCLUSIVE`, held from here until the connection closes):
 * the operating system drops it with the process, whatever ended it, so that nothing stale is left to clean up.
 * @throws StoreUnusable; the file is as it was then.
 */
export function openSqliteFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // Before the first access in WAL mode: from then on it needs no shared memory, and no second process gets in.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    prepare(database, path);
    return database;
  } catch (error) {
    database?.close();
    throw isSqliteError(error) ? unusable(path, error) : error;
  }
}

function prepare(database: DatabaseSync, path: string): void {
  const isNew = pragma(database, 'schema_version') === 0;
  if (!isNew) checkFormat(database, path);
  database.exec('PRAGMA journal_mode = WAL');
  // An acknowledged commit survives a power cut, not only the end of the process.
  database.exec('PRAGMA synchronous = FULL');
  // Takes the lock also when there is nothing to write.
  database.exec('BEGIN EXCLUSIVE');
  if (isNew) database.exec(`PRAGMA application_id = ${APPLICATION_ID}; ${TABLES}`);
  database.exec('COMMIT');
}

function checkFormat(database: DatabaseSync, path: string): void {
  if (pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new StoreUnusable('notADatabase', `${path} is a SQLite database of another program: name another data folder.`);
  }
  const { format } = database.prepare('SELECT format FROM meta').get() ?? {};
  if (format !== FORMAT) {
    throw new StoreUnusable(
      'newerFormat',
      `${path} has format ${format} but this Meshwright reads format ${FORMAT}: use the newer Meshwright that wrote it, or name another data folder.`,
    );
  }
}

function pragma(database: DatabaseSync, name: 'application_id' | 'schema_version'): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

function unusable(path: string, error: SqliteError): StoreUnusable {
  switch (error.errcode & 0xff) {
    case SQLITE_BUSY:
      return new StoreUnusable('inUse', `${path} is in use by another process: stop it, or name another data folder.`, error);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return new StoreUnusable(
        'notADatabase',
        `${path} is not a readable database (${error.message}): restore it, or name another data folder.`,
        error,
      );
    default:
      return new StoreUnusable(
        'unreachable',
        `${path} cannot be opened (${error.message}): check that its folder exists and may be written.`,
        error,
      );
  }
}
