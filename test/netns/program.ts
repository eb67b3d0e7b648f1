import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a command ended and what it wrote. */
export interface Outcome extends Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that was started and is looked after until it ends. */
export interface Program {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Everything it wrote so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /**
   * The first line of its standard output that matches.
   * @throws Error with what it said when it ends without such a line.
   */
  line(pattern: RegExp): Promise<string>;
  /** Calls back with each message a Node program sends by `process.send`. */
  onMessage(listener: (message: unknown) => void): void;
  send(message: object): void;
  /** Sends the signal and waits for the end; does nothing when it has ended. */
  end(signal: NodeJS.Signals): Promise<Ended>;
}

/** What a program is started with. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  /** Opens a message channel to a Node program. */
  readonly messages?: boolean;
}

/** Starts a command without a shell, in this process's environment and what `env` adds to it. */
export function startProgram(command: readonly string[], options: ProgramOptions = {}): Program {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    // Where `ip` and `iptables` live; an ordinary user's PATH often lacks it.
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe', ...(options.messages === true ? (['ipc'] as const) : [])],
  });
  const collected = collect(child, command);
  // A program that ends before it has read its input is told about by its status, not by EPIPE here.
  child.stdin?.on('error', () => {}).end(options.input ?? '');
  return {
    get pid() {
      if (child.pid === undefined) throw new Error(`${file} did not start`);
      return child.pid;
    },
    ...collected,
    onMessage: (listener) => child.on('message', listener),
    send: (message) => child.send(message),
    end: (signal) => {
      child.kill(signal);
      return collected.ended;
    },
  };
}

function collect(child: ChildProcess, command: readonly string[]): Pick<Program, 'ended' | 'output' | 'line'> {
  const said = { stdout: '', stderr: '' };
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      wake();
    });
  let over = false;
  // `close` rather than `exit`: only then has everything it wrote been read.
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (status, signal) => resolve({ status, signal }));
  }).finally(() => {
    over = true;
    wake();
  });
  ended.catch(() => {}); // whoever awaits `ended` or a line hears of it
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((text) => pattern.test(text));
        if (found === undefined && !over) return;
        waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`${command.join(' ')} ended without a line ${pattern}:\n${said.stdout}${said.stderr}`));
      };
      waiting.add(look);
      look();
    });
  return { ended, output: () => ({ ...said }), line };
}
