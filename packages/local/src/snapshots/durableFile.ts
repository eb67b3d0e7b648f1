import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Ending of files that are being written; what a crash leaves of them is of no use to anybody. */
export const UNFINISHED = '.unfinished';

/**
 * Writes a file so that, after a crash at any moment, it has its old bytes or the new ones: written beside it, synced, renamed, and
 * the folder synced, without which the rename may be lost with the power.
 */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}${UNFINISHED}`;
  await using file = await open(unfinished, 'w');
  await file.writeFile(bytes);
  await file.sync();
  await rename(unfinished, path);
  await syncFolder(dirname(path));
}

/** Makes a folder, unless it is there, that is still there after a crash; its parent must exist, so that a folder somebody deleted is not made by halves. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
  await syncFolder(dirname(path));
}

/** Whether the operating system failed for this reason. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}
