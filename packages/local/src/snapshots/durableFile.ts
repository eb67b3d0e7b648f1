import * as node from 'node:fs/promises';
import { dirname } from 'node:path';

/** The calls of `node:fs/promises` that durable files and what reads them need; tests hand in some that fail. */
export type FileSystem = Pick<typeof node, 'mkdir' | 'open' | 'readFile' | 'readdir' | 'rename' | 'rm'>;

/** Ending of files that are being written; what a crash leaves of them is of no use to anybody. */
export const UNFINISHED = '.unfinished';

/**
 * Writes a file so that, after a crash at any moment, it has its old bytes or the new ones: written beside it, synced, renamed, and
 * the folder synced, without which the rename may be lost with the power.
 */
export async function writeDurably(path: string, bytes: Uint8Array, fs: FileSystem = node): Promise<void> {
  const unfinished = `${path}${UNFINISHED}`;
  await using file = await fs.open(unfinished, 'w');
  await file.writeFile(bytes);
  await file.sync();
  await fs.rename(unfinished, path);
  await syncFolder(dirname(path), fs);
}

/** Makes a folder, unless it is there, that is still there after a crash; its parent must exist, so that a folder somebody deleted is not made by halves. */
export async function makeFolder(path: string, fs: FileSystem = node): Promise<void> {
  try {
    await fs.mkdir(path);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
  await syncFolder(dirname(path), fs);
}

/** Whether the operating system failed for this reason. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function syncFolder(path: string, fs: FileSystem): Promise<void> {
  await using folder = await fs.open(path, 'r');
  await folder.sync();
}
