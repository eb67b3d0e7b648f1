import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandFailed } from '../process/run.ts';
import { withLock } from './lock.mjs';

/** Git-ignored and outside node_modules, which `npm ci` empties. */
const CACHE_FOLDER = join(import.meta.dirname, '..', '..', '.cache');

/** A real component that is installed by its ordinary client, once per version. */
export interface Part {
  /** Folder in the cache: name and version. */
  readonly folder: string;
  /** As people know it. */
  readonly title: string;
  /** What to set when it cannot be installed here. */
  readonly override: string;
  /** Installs into an empty folder, which is renamed afterwards: nothing inside may contain its path. */
  install(folder: string): Promise<void>;
}

/** A part is neither cached nor installable; the message is one paragraph with the way out. */
export class PartMissing extends Error {
  override readonly name = 'PartMissing';
}

/** Whether a part is in the cache already. */
export function isInstalled(part: Part): boolean {
  return existsSync(join(CACHE_FOLDER, part.folder, '.ok'));
}

/**
 * The folder of an installed part, installing it on first use.
 * @throws PartMissing with the command that was tried, its last three lines and the override.
 */
export async function installed(part: Part): Promise<string> {
  const target = join(CACHE_FOLDER, part.folder);
  if (existsSync(join(target, '.ok'))) return target;
  mkdirSync(CACHE_FOLDER, { recursive: true });
  const onWait = (pid: number) => say(`waiting for process ${pid}, which is installing ${part.title}`);
  return withLock(`${target}.lock`, () => installOnce(part, target), { onWait });
}

async function installOnce(part: Part, target: string): Promise<string> {
  if (existsSync(join(target, '.ok'))) return target;
  const started = performance.now();
  say(`installing ${part.title} into .cache/${basename(target)} (once)`);
  const aside = mkdtempSync(`${target}.part-`);
  try {
    await part.install(aside);
    writeFileSync(join(aside, '.ok'), '');
    rmSync(target, { recursive: true, force: true });
    renameSync(aside, target);
  } catch (cause) {
    rmSync(aside, { recursive: true, force: true });
    if (!(cause instanceof CommandFailed)) throw cause;
    throw new PartMissing(`${part.title} is missing and could not be installed. ${cause.message} Way out: ${part.override}`, { cause });
  }
  say(`${part.title} installed in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return target;
}

/** Progress goes to standard error, one line each. */
export function say(line: string): void {
  process.stderr.write(`set-up: ${line}\n`);
}
