import { join } from 'node:path';
import { outcomeOf } from '../process/run.ts';

const BIN = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');

/** A check that reads the sources without running them. */
export interface StaticCheck {
  readonly title: string;
  /** Name of a program the packages bring, and its arguments. */
  readonly command: readonly [string, ...string[]];
}

/** What came of a check. */
export interface CheckResult {
  readonly title: string;
  readonly passed: boolean;
  readonly seconds: number;
}

/** What holds for every source file, whatever it does. */
export const staticChecks: readonly StaticCheck[] = [
  { title: 'format and lint (biome check .)', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { title: 'types (tsc -p .)', command: ['tsc', '-p', '.'] },
  { title: 'dead code and dependencies (knip)', command: ['knip'] },
];

/** Ends this process when whoever reads its output has left, as `head` does: nobody is there to go on for. */
export function endWithReader(): void {
  process.stdout.on('error', () => process.exit(1));
}

/** Runs one check; what it says is shown when it fails. */
export async function runCheck({ title, command: [program, ...args] }: StaticCheck): Promise<CheckResult> {
  const started = performance.now();
  const { status, stdout, stderr } = await outcomeOf([join(BIN, program), ...args]).catch((error: Error) => ({
    status: null,
    stdout: '',
    stderr: error.message,
  }));
  const seconds = (performance.now() - started) / 1000;
  const verdict = status === 0 ? 'passed' : 'FAILED';
  process.stdout.write(`${verdict} ${title} in ${seconds.toFixed(1)} s\n${status === 0 ? '' : `${(stdout + stderr).trimEnd()}\n`}`);
  return { title, passed: status === 0, seconds };
}
