import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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

/** A command that did not end well: what was tried, and the end of what it said. */
class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** A part is neither cached nor installable; the message is one paragraph with the way out. */
export class PartMissing extends Error {
  override readonly name = 'PartMissing';
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

/**
 * Runs a command and returns its standard output.
 * @throws CommandFailed when it cannot be started or ends with anything but 0.
 */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let everything = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      everything += chunk;
    });
    child.stderr.on('data', (chunk) => {
      everything += chunk;
    });
    const fail = (what: string) => {
      const end = everything.trim().split('\n').slice(-3).join(' | ');
      reject(new CommandFailed(`Tried: ${command} ${args.join(' ')} (${what})${end === '' ? '.' : `; it said: ${end}.`}`));
    };
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => (code === 0 ? resolve(output) : fail(signal ?? `exit code ${code}`)));
  });
}

/** Progress goes to standard error, one line each. */
export function say(line: string): void {
  process.stderr.write(`set-up: ${line}\n`);
}
