/**
 * Runs a module, or after `--` a command, that must not outlive the launcher: when the channel to the launcher closes,
 * whatever closed it, the whole process group is asked to end and, after a while, made to. A command is made to at once:
 * it is npm, whose work is done again as a whole, and which would take long to undo it.
 *
 *   node attached.mjs FILE ARGS…        node attached.mjs -- COMMAND ARGS…
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';

/** How long an orderly end may take: closing streams and stores takes a few seconds at most. */
const GRACE_MILLIS = 10_000;

const [first, command, ...args] = process.argv.slice(2);
const isCommand = first === '--' && command !== undefined;

if (process.channel) {
  process.once('disconnect', () => {
    if (isCommand) process.kill(0, 'SIGKILL');
    setTimeout(() => process.kill(0, 'SIGKILL'), GRACE_MILLIS).unref();
    process.kill(0, 'SIGTERM');
  });
  // The listener alone would keep a module running that has nothing more to do.
  process.channel.unref();
}

if (isCommand) {
  const child = spawn(command, args, { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 127;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
  });
} else if (first !== undefined) {
  process.argv.splice(1, 1);
  await import(pathToFileURL(first).href);
}
