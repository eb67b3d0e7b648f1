import { spawn } from 'node:child_process';
import { join } from 'node:path';

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

/** Runs one check; what it says is shown when it fails. */
export async function runCheck({ title, command: [program, ...args] }: StaticCheck): Promise<CheckResult> {
  const started = performance.now();
  const { code, output } = await outputOf(join(BIN, program), args);
  const seconds = (performance.now() - started) / 1000;
  const verdict = code === 0 ? 'passed' : 'FAILED';
  process.stdout.write(`${verdict} ${title} in ${seconds.toFixed(1)} s\n${code === 0 ? '' : `${output.trimEnd()}\n`}`);
  return { title, passed: code === 0, seconds };
}

function outputOf(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => chunks.push(Buffer.from(error.message)));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}
