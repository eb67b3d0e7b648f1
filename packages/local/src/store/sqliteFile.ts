import { DatabaseSync } from 'node:sqlite';
import { isSqliteError, unusable } from './sqliteError.ts';
import { StoreUnusable } from './unusable.ts';

/** Number of the table layout below; a file with a higher one was written by a newer Meshwright. */
const FORMAT = 2;

/** `application_id` in the file's header ("Mesh" in ASCII): tells our files from other SQLite databases. */
const APPLICATION_ID = 0x4d657368;

/** `changes` is text or, compressed, a blob: format 1 had text only. */
const LOG = `CREATE TABLE log (
    owner TEXT NOT NULL, mesh TEXT NOT NULL, generation INTEGER NOT NULL,
    write_id TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, source TEXT NOT NULL, message TEXT, changes ANY NOT NULL,
    PRIMARY KEY (owner, mesh, generation)
  ) STRICT;`;

/** From each older format to the next, in one transaction. */
const UPGRADES: Readonly<Record<number, string>> = {
  1: `ALTER TABLE log RENAME TO old_log; ${LOG} INSERT INTO log SELECT * FROM old_log; DROP TABLE old_log; UPDATE meta SET format = 2;`,
};

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
  ${LOG}
  CREATE TABLE tokens (
    key TEXT NOT NULL PRIMARY KEY, body_hash TEXT NOT NULL, answer TEXT NOT NULL, uid TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX expiring_tokens ON tokens (expires_at);
  INSERT INTO meta VALUES (${FORMAT});
`;

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
  const format = formatOf(database, path);
  database.exec('PRAGMA journal_mode = WAL');
  // An acknowledged commit survives a power cut, not only the end of the process.
  database.exec('PRAGMA synchronous = FULL');
  // Takes the lock also when there is nothing to write.
  database.exec('BEGIN EXCLUSIVE');
  if (format === undefined) database.exec(`PRAGMA application_id = ${APPLICATION_ID}; ${TABLES}`);
  else for (let older = format; older < FORMAT; older++) database.exec(UPGRADES[older] ?? '');
  database.exec('COMMIT');
}

/**
 * The format of the file's tables, which are ours then; undefined for a new file, which has none.
 * @throws StoreUnusable when they are another program's or of a newer format.
 */
export function formatOf(database: DatabaseSync, path: string): number | undefined {
  if (pragma(database, 'schema_version') === 0) return undefined;
  if (pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new StoreUnusable('notADatabase', `${path} is a SQLite database of another program: name another data folder.`);
  }
  const { format } = database.prepare('SELECT format FROM meta').get() ?? {};
  if (typeof format === 'number' && (format === FORMAT || format in UPGRADES)) return format;
  throw new StoreUnusable(
    'newerFormat',
    `${path} has format ${format} but this Meshwright reads formats 1 to ${FORMAT}: use the newer Meshwright that wrote it, or name another data folder.`,
  );
}

function pragma(database: DatabaseSync, name: 'application_id' | 'schema_version'): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}
