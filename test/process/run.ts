import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type Outcome, type ProgramOptions, startProgram } from './program.ts';

/** A command that did not end well: what was tried, and the end of what it said. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/**
 * Runs a command to its end, whatever its status.
 * @throws Error when it cannot be started.
 */
export async function outcomeOf(command: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  const program = startProgram(command, options);
  return { ...(await program.ended), ...program.output() };
}

/**
 * Runs a command and returns its standard output.
 * @throws CommandFailed when it cannot be started or ends with anything but 0.
 */
export async function run(command: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const tried = `Tried: ${command.join(' ')}`;
  const { status, signal, stdout, stderr } = await outcomeOf(command, options).catch((cause: Error) => {
    throw new CommandFailed(`${tried} (${cause.message}).`, { cause });
  });
  if (status === 0) return stdout;
  const end = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' | ');
  throw new CommandFailed(`${tried} (${signal ?? `exit code ${status}`})${end === '' ? '.' : `; it said: ${end}.`}`);
}

/** Whether a command can be started here at all, whatever it then says. */
export function canStart(command: readonly string[]): Promise<boolean> {
  return outcomeOf(command).then(
    () => true,
    () => false,
  );
}

/** Runs this very command once more behind a prefix, such as `unshare … --`, in this one's place: it has our terminal, gets our signals, and its exit status is answered. */
export function runAgainBehind(prefix: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file = '', ...args] = [...prefix, process.execPath, ...process.argv.slice(1)];
  const child = spawn(file, args, { stdio: 'inherit', env });
  // A terminal's Ctrl-C reaches both of us: the one inside heeds the first signal only.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
