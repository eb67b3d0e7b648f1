/**
 * A lock folder between processes of one machine. Plain JavaScript without dependencies: the launcher needs it on any
 * Node from 18 on, before anything is installed.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLIS = 100;
/** How long the remains of a lock that was taken over stay, so that a slow second judge cannot take over again. */
const REMAINS_MILLIS = 60_000;
/** A lock without an owner is one that is just being released; it is somebody's leftover when that lasts. */
const UNOWNED_MILLIS = 2_000;

/** @typedef {{ readonly pid: number, readonly started: string, readonly token: string }} Owner */

/**
 * Each is called once at most.
 * @typedef {object} WaitOptions
 * @property {(pid: number) => void} [onWait] this process holds it
 * @property {(millis: number) => void} [onUnowned] it names no owner, and is taken over when that lasts as long
 */

/**
 * Moment a process started, in the kernel's ticks: tells a reused process id apart. Empty where there is no /proc.
 * @param {number} pid
 * @returns {string}
 */
export function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // State (3) and start (22); the command name, field 2, may contain spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that ended and was not yet collected runs no more.
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

/**
 * Whether the process that had this id at this start time still runs.
 * @param {number} pid
 * @param {string} started what `startOf` said then
 * @returns {boolean}
 */
export function isAlive(pid, started) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  if (started === '') return true;
  return startOf(pid) === started;
}

/**
 * Runs `work` while this process holds `folder`; a lock whose process is gone, or that says nothing readable, is taken over.
 * @template T
 * @param {string} folder in one that exists
 * @param {() => Promise<T>} work
 * @param {WaitOptions} [options]
 * @returns {Promise<T>}
 */
export async function withLock(folder, work, options = {}) {
  const mine = { pid: process.pid, started: startOf(process.pid), token: randomUUID() };
  await waitForTurn(folder, mine, options);
  try {
    return await work();
  } finally {
    release(folder);
  }
}

/**
 * @param {string} folder
 * @param {Owner} mine
 * @param {WaitOptions} options
 */
async function waitForTurn(folder, mine, options) {
  let told = false;
  for (let unownedPolls = 0; !claim(folder, mine); await sleep(POLL_MILLIS)) {
    const incident = incidentOf(folder);
    const owner = ownerOf(folder);
    unownedPolls = owner === undefined ? unownedPolls + 1 : 0;
    if (owner === undefined) {
      if (unownedPolls === 2) options.onUnowned?.(UNOWNED_MILLIS);
      if (unownedPolls * POLL_MILLIS > UNOWNED_MILLIS) buryLock(folder, incident);
    } else if (!isAlive(owner.pid, owner.started)) {
      buryLock(folder, owner.token);
    } else if (!told) {
      options.onWait?.(owner.pid);
      told = true;
    }
  }
}

/**
 * A folder that already names its owner is renamed into place: the lock never exists without an owner.
 * @param {string} folder
 * @param {Owner} mine
 */
function claim(folder, mine) {
  const prepared = `${folder}.new-${mine.token}`;
  mkdirSync(prepared);
  writeFileSync(join(prepared, 'owner.json'), JSON.stringify(mine));
  try {
    renameSync(prepared, folder);
    removeRemains(folder);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} folder
 * @returns {Owner | undefined} nothing when it names none, or none that can be read: a full disk or a power cut leaves such files
 */
function ownerOf(folder) {
  try {
    const { pid, started, token } = JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'));
    return Number.isInteger(pid) && typeof started === 'string' && typeof token === 'string' ? { pid, started, token } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Names one lock that was left without an owner, as an owner's token does otherwise.
 * @param {string} folder
 * @returns {string}
 */
function incidentOf(folder) {
  const found = statSync(folder, { throwIfNoEntry: false });
  return `${found?.ino}-${found?.mtimeMs}`;
}

/**
 * Named after the dead owner and left lying: of several judges one succeeds, and none can bury the lock of the next owner.
 * @param {string} folder
 * @param {string} token
 */
function buryLock(folder, token) {
  try {
    renameSync(folder, `${folder}.dead-${token}`);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

/** @param {string} folder */
function release(folder) {
  try {
    unlinkSync(join(folder, 'owner.json'));
    rmdirSync(folder);
  } catch (error) {
    // The empty folder was replaced by the next owner's at once, or somebody removed the whole cache.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

/** @param {string} folder */
function removeRemains(folder) {
  for (const name of readdirSync(dirname(folder))) {
    if (!name.startsWith(`${basename(folder)}.dead-`) && !name.startsWith(`${basename(folder)}.new-`)) continue;
    const path = join(dirname(folder), name);
    const changed = statSync(path, { throwIfNoEntry: false })?.ctimeMs;
    if (changed !== undefined && Date.now() - changed > REMAINS_MILLIS) rmSync(path, { recursive: true, force: true });
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
