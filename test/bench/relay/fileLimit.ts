import { run } from '../../process/run.ts';

/** Above twice the 10,000 streams a benchmark takes at most. */
const WANTED = 32_768;
// Raises the hard limit, too, where that is allowed; a lower one stays otherwise, and both programs take all of it by themselves.
const RAISE = `ulimit -n ${WANTED} 2>/dev/null; `;

/** The command with as many file descriptors as it can have; the process is its own, no shell stays. */
export function behindRaisedLimit(command: readonly string[]): readonly string[] {
  return ['sh', '-c', `${RAISE}exec "$@"`, 'sh', ...command];
}

/** File descriptors a process can have that is started so. */
export async function fileLimit(): Promise<number> {
  const text = (await run(['sh', '-c', `${RAISE}ulimit -n`])).trim();
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}
