import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where a started control plane serves, and all that it printed on standard output until then. */
export interface Ready {
  readonly apiUrl: string;
  readonly apiPort: number;
  readonly xdsPort: number;
  readonly lines: readonly string[];
}

/** A command of ours that runs, and what it has said so far. */
export class Running {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stdout = '';
  stderr = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.process = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    this.process.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.ended = once(this.process, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Resolves once standard output or error matches; @throws Error with all that was said when the command ends before. */
  async says(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match !== null) return match;
      const source = this.process[stream];
      if (source === null || this.process.exitCode !== null)
        throw new Error(`It ended without ${pattern}:\n${this.stdout}\n${this.stderr}`);
      await Promise.race([once(source, 'data'), this.ended]);
    }
  }

  /** Resolves when everything serves and all four lines are there. */
  async ready(): Promise<Ready> {
    await this.says('stdout', /^ready (?:.*\n){4}/m);
    const lines = this.stdout
      .slice(this.stdout.search(/^ready /m))
      .trimEnd()
      .split('\n');
    const [, apiUrl = '', apiPort, xdsPort] = /^ready api=(http:\/\/127\.0\.0\.1:(\d+)) xds=127\.0\.0\.1:(\d+)$/.exec(lines[0] ?? '') ?? [];
    return { apiUrl, apiPort: Number(apiPort), xdsPort: Number(xdsPort), lines };
  }

  /** Ends it, unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGTERM');
    await this.ended;
  }
}

/** `npm start -- …`, as users run it; `--silent` leaves out npm's own two lines. */
export function npmStart(flags: readonly string[]): Running {
  return new Running('npm', ['start', '--silent', '--', ...flags]);
}

/** The command line without npm around it. */
export function meshwright(args: readonly string[]): Running {
  return new Running(process.execPath, [join(ROOT, 'packages', 'local', 'src', 'cli.ts'), ...args]);
}

/** Process ids of the children of a process. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
