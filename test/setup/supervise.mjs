/** Children of the launcher: they get its signals once, and none outlives it, its npm, or the shell between. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isAlive, startOf } from './lock.mjs';

const WATCH_MILLIS = 200;
/** Longer than attached.mjs and the server give themselves. */
const GRACE_MILLIS = 12_000;
/** What set-up has half done is done again as a whole; npm would go on for many seconds to undo it. */
export const SETUP_GRACE_MILLIS = 1_000;
/** npm passes on the signal that a terminal has sent to everybody already: within this time a second one is the same one. */
const SAME_SIGNAL_MILLIS = 1_000;
const ATTACHED = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, 'attached.mjs');

/**
 * @typedef {object} ChildOptions
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {(chunk: string) => void} [onOutput]
 * @property {number} [graceMillis] how long an orderly end may take, 12 s unless told
 */

/**
 * Runs `attached.mjs` with these arguments in a process group of its own and answers its exit code.
 * @param {string} node path of the Node that runs it
 * @param {readonly string[]} args
 * @param {ChildOptions} options with `onOutput` its output is handed over, else it goes where the launcher's goes
 * @returns {Promise<number>}
 */
export function runAttached(node, args, options) {
  const output = options.onOutput ? 'pipe' : 'inherit';
  // A group of its own: a terminal's Ctrl-C reaches the launcher only, which passes it on, and the group ends as a whole.
  const child = spawn(node, [ATTACHED, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  });
  child.stdout?.setEncoding('utf8').on('data', options.onOutput ?? (() => {}));
  child.stderr?.setEncoding('utf8').on('data', options.onOutput ?? (() => {}));
  /** @param {NodeJS.Signals} signal */
  const signalGroup = (signal) => {
    if (child.pid !== undefined) killGroup(child.pid, signal);
  };
  const stopWatching = watchForTheEnd(signalGroup, options.graceMillis ?? GRACE_MILLIS);
  // A terminal tells its new size to its own session only.
  const passOnSize = () => signalGroup('SIGWINCH');
  process.on('SIGWINCH', passOnSize);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      stopWatching();
      process.off('SIGWINCH', passOnSize);
      signalGroup('SIGKILL');
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

/**
 * Calls `end` once for a signal or when an ancestor is gone, and with SIGKILL when that was not enough or is asked for again.
 * @param {(signal: NodeJS.Signals) => void} end
 * @param {number} graceMillis
 * @returns {() => void}
 */
function watchForTheEnd(end, graceMillis) {
  let endedAt = 0;
  /** @param {NodeJS.Signals} signal */
  const ask = (signal) => {
    if (endedAt === 0) {
      endedAt = Date.now();
      end(signal);
    } else if (Date.now() - endedAt > SAME_SIGNAL_MILLIS) {
      end('SIGKILL');
    }
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, ask);
  const ancestors = ancestorsUpToNpm();
  const timer = setInterval(() => {
    if (endedAt === 0 && ancestors.some(({ pid, started }) => !isAlive(pid, started))) ask('SIGTERM');
    if (endedAt === 0 && ancestors[0] !== undefined && process.ppid !== ancestors[0].pid) ask('SIGTERM');
    if (endedAt !== 0 && Date.now() - endedAt > graceMillis) end('SIGKILL');
  }, WATCH_MILLIS);
  return () => {
    clearInterval(timer);
    for (const signal of signals) process.off(signal, ask);
  };
}

/**
 * The launcher's parent and, when that is the shell npm started, npm itself; nobody when npm did not start it.
 * @returns {readonly { readonly pid: number, readonly started: string }[]}
 */
function ancestorsUpToNpm() {
  if (process.env.npm_lifecycle_event === undefined) return [];
  const parent = { pid: process.ppid, started: startOf(process.ppid) };
  const shell = /^\d+ \((?:ba|da|a|z|k)?sh\) \S+ (\d+)/.exec(statOf(parent.pid));
  if (shell === null) return [parent];
  const grandparent = Number(shell[1]);
  return [parent, { pid: grandparent, started: startOf(grandparent) }];
}

/** @param {number} pid */
function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * @param {number} leader
 * @param {NodeJS.Signals} signal
 */
function killGroup(leader, signal) {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // Nobody is left in the group.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
