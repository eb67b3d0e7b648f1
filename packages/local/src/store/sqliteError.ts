import { StoreUnusable } from './unusable.ts';

const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;
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

/** Whether the disk failed, rather than what is on it. */
export function isInputOutput(error: Error): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === SQLITE_IOERR;
}

/** Whether what is in the file is wrong, which no further try mends. */
export function isDamage(error: Error): boolean {
  return isSqliteError(error) && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(error.errcode & 0xff);
}

/** Why a file cannot be used, from what SQLite threw when it was opened. */
export function unusable(path: string, error: SqliteError): StoreUnusable {
  // Our own statements are right, so SQLITE_ERROR means that the tables are not ours.
  if (isDamage(error) || (error.errcode & 0xff) === SQLITE_ERROR) return damaged(path, error.message, error);
  if ((error.errcode & 0xff) === SQLITE_BUSY) {
    return new StoreUnusable('inUse', `${path} is in use by another process: stop it, or name another data folder.`, error);
  }
  return new StoreUnusable(
    'unreachable',
    `${path} cannot be opened (${error.message}): check that its folder exists and may be written.`,
    error,
  );
}

/** A file whose content is wrong. */
export function damaged(path: string, what: string, cause?: unknown): StoreUnusable {
  return new StoreUnusable(
    'notADatabase',
    `${path} is not a readable database (${what}): restore it with its -wal from a copy, or name another data folder.`,
    cause,
  );
}
