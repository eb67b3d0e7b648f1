import { statSync } from 'node:fs';

/**
 * Remembers which files are behind an open database, and answers the first one that is not at its place any more: what is written
 * to it then is gone with the process, and no error says so.
 *
 * By name only: to open and close a database's file drops the locks this process has on it.
 */
export function watchFiles(paths: readonly string[]): () => string | undefined {
  const opened = new Map(paths.map((path) => [path, identityOf(path)]));
  return () => paths.find((path) => identityOf(path) !== opened.get(path));
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
