import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, startProgram } from '../process/program.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where a started control plane serves, and all that it printed on standard output until then. */
export interface Ready {
  readonly apiUrl: string;
  readonly apiPort: number;
  readonly xdsPort: number;
  readonly lines: readonly string[];
}

/** Resolves when everything serves and all four lines are there. */
export async function ready(started: Program): Promise<Ready> {
  const [text] = await started.says('stdout', /^ready (?:.*\n){4}/m);
  const lines = text.trimEnd().split('\n');
  const [, apiUrl = '', apiPort, xdsPort] = /^ready api=(http:\/\/127\.0\.0\.1:(\d+)) xds=127\.0\.0\.1:(\d+)$/.exec(lines[0] ?? '') ?? [];
  return { apiUrl, apiPort: Number(apiPort), xdsPort: Number(xdsPort), lines };
}

/** `npm start -- …`, as users run it. */
export function npmStart(flags: readonly string[]): Program {
  return startProgram(['npm', 'start', '--', ...flags], { cwd: ROOT });
}

/** What the command line runs. */
export const PROGRAM = join(ROOT, 'packages', 'local', 'src', 'cli.ts');

/** The command line without npm around it. */
export function meshwright(args: readonly string[]): Program {
  return startProgram([process.execPath, PROGRAM, ...args], { cwd: ROOT });
}

/** Process ids of the children of a process. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
