import { access, constants, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UNFINISHED, writeDurably } from './snapshots/durableFile.ts';
import { StartFailed } from './startFailed.ts';

/** Says that a folder is ours, and how what lies in it is laid out. */
const MARKER = 'meshwright.json';
/** Layout of the folder: the marker, `mesh.db`, `snapshots/`. */
const FORMAT = 1;

/** Where things are in a data folder. */
export interface DataFolder {
  readonly database: string;
  readonly snapshots: string;
}

/**
 * Makes sure that a folder is ours to use, making it where there is none; a folder that is refused is left as it was.
 * @throws StartFailed when it holds something else, is none, cannot be read or is of a newer format.
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  try {
    await makeFolders(resolve(path));
    await access(path, constants.W_OK);
    const names = (await readdir(path)).filter((name) => name !== `${MARKER}${UNFINISHED}`);
    if (names.includes(MARKER)) checkMarker(path, await readFile(join(path, MARKER), 'utf8'));
    else if (names.length > 0)
      throw new StartFailed(`data folder ${path} holds other files and no ${MARKER}: name an empty or new folder with --data`);
    else await writeDurably(join(path, MARKER), Buffer.from(`${JSON.stringify({ format: FORMAT })}\n`));
  } catch (error) {
    throw isSystemError(error) ? refusal(path, error) : error;
  }
  return { database: join(path, 'mesh.db'), snapshots: join(path, 'snapshots') };
}

/** Level by level: Node's own way tries for ever where a file system has no place for new folders, as in `/proc`. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!isSystemError(error) || (error.code === 'ENOENT' && dirname(path) === path)) throw error;
    // What is there and no folder is found out when it is read.
    if (error.code === 'EEXIST' || error.code === 'EISDIR') return;
    if (error.code !== 'ENOENT') throw error;
    await makeFolders(dirname(path));
    await mkdir(path);
  }
}

function checkMarker(path: string, text: string): void {
  const format = formatOf(text);
  if (format === FORMAT) return;
  const fix = 'or name another folder with --data';
  if (format === undefined)
    throw new StartFailed(`data folder ${path} has an unreadable ${MARKER}: restore it to {"format":${FORMAT}}, ${fix}`);
  throw new StartFailed(
    `data folder ${path} has format ${format}, this Meshwright reads ${FORMAT}: use the newer one that wrote it, ${fix}`,
  );
}

function formatOf(text: string): number | undefined {
  try {
    const format: unknown = JSON.parse(text)?.format;
    return Number.isInteger(format) ? Number(format) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refusal(path: string, error: NodeJS.ErrnoException): StartFailed {
  const other = 'name another folder with --data';
  switch (error.code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return new StartFailed(`data folder ${path} is not a folder: ${other}`, error);
    case 'ENOENT':
      return new StartFailed(`data folder ${path} cannot be made, its file system takes no folders there: ${other}`, error);
    case 'EROFS':
      return new StartFailed(`data folder ${path} is on a read-only file system: mount it writable, or ${other}`, error);
    case 'ENOSPC':
      return new StartFailed(`data folder ${path} is on a full disk: free some space, or ${other}`, error);
    default:
      return new StartFailed(
        `data folder ${path} cannot be used (${error.message}): allow this user to read and write it, or ${other}`,
        error,
      );
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
