/**
 * Runs a module, or after `--` a command, that must not outlive the launcher: when the channel to the launcher closes,
 * whatever closed it, the whole process group is asked to end and, after a while, made to.
 *
 *   node attached.mjs FILE ARGS…        node attached.mjs -- COMMAND ARGS…
 */
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

/** How long an orderly end may take: closing streams and stores takes a few seconds at most. */
const GRACE_MILLIS = 10_000;

if (process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.kill(0, 'SIGKILL'), GRACE_MILLIS).unref();
    process.kill(0, 'SIGTERM');
  });
  // The listener alone would keep a module running that has nothing more to do.
  process.channel.unref();
}

const [first, command, ...args] = process.argv.slice(2);
if (first === '--' && command !== undefined) {
  const child = spawn(command, args, { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 127;
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else if (first !== undefined) {
  process.argv.splice(1, 1);
  await import(pathToFileURL(first).href);
}
