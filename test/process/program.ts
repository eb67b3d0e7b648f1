import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a process wrote. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command ended and what it wrote. */
export type Outcome = Ended & Output;

/** A process that was started and is looked after until it ends; disposing of it is a SIGTERM and a wait. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Rejects when it could not be started. */
  readonly ended: Promise<Ended>;
  /** Everything it wrote so far. */
  output(): Output;
  /**
   * The first match in what it wrote on this stream.
   * @throws Error with what it said when it ends, however it ends, without such a match.
   */
  says(stream: keyof Output, pattern: RegExp): Promise<RegExpExecArray>;
  /**
   * The first line of its standard output that matches.
   * @throws Error as `says` does.
   */
  line(pattern: RegExp): Promise<string>;
  /**
   * The line of its standard output after the one this returned before.
   * @throws Error as `says` does.
   */
  nextLine(): Promise<string>;
  /** Writes to a standard input that was left open. */
  write(text: string): void;
  /** Calls back with each message a Node program sends by `process.send`. */
  onMessage(listener: (message: unknown) => void): void;
  send(message: object): void;
  /** Sends the signal, or with none closes its standard input, and waits for the end; does nothing when it has ended. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

/** What a program is started with. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Starts it with `env` alone. */
  readonly onlyEnv?: boolean;
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  /** Leaves its standard input open for `write`. */
  readonly inputOpen?: boolean;
  /** Opens a message channel to a Node program. */
  readonly messages?: boolean;
}

/** Starts a command without a shell, in this process's environment and what `env` adds to it. */
export function startProgram(command: readonly string[], options: ProgramOptions = {}): Program {
  const [file = '', ...args] = command;
  // Where `ip` and `iptables` live; an ordinary user's PATH often lacks it.
  const inherited = options.onlyEnv === true ? {} : { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const child = spawn(file, args, {
    env: { ...inherited, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe', ...(options.messages === true ? (['ipc'] as const) : [])],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const collected = collect(child, command);
  // A program that ends before it has read its input is told about by its status, not by EPIPE here.
  child.stdin?.on('error', () => {});
  if (options.inputOpen !== true) child.stdin?.end(options.input ?? '');
  const end: Program['end'] = (signal) => {
    if (signal === undefined) child.stdin?.end();
    else child.kill(signal);
    return collected.ended;
  };
  return {
    get pid() {
      if (child.pid === undefined) throw new Error(`${file} did not start`);
      return child.pid;
    },
    ...collected,
    write: (text) => void child.stdin?.write(text),
    onMessage: (listener) => child.on('message', listener),
    send: (message) => child.send(message),
    end,
    [Symbol.asyncDispose]: () =>
      end('SIGTERM').then(
        () => {},
        () => {}, // never started: nothing is left of it
      ),
  };
}

function collect(child: ChildProcess, command: readonly string[]): Pick<Program, 'ended' | 'output' | 'says' | 'line' | 'nextLine'> {
  const said = { stdout: '', stderr: '' };
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      wake();
    });
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      wake();
    });
  let over: string | undefined;
  // `close` rather than `exit`: only then has everything it wrote been read.
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (status, signal) => resolve({ status, signal }));
  });
  ended
    .then(
      ({ status, signal }) => `ended (${signal ?? `status ${status}`})`,
      (error: Error) => `did not start (${error.message})`, // whoever awaits `ended` hears of it, too
    )
    .then((how) => {
      over = how;
      wake();
    });
  /** Looks at what it said after each word, and at its end for the last time: an end by a signal is an end. */
  const once = <Found>(what: string, find: () => Found | null | undefined) =>
    new Promise<Found>((resolve, reject) => {
      const look = () => {
        const found = find() ?? undefined;
        if (found === undefined && over === undefined) return;
        waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`${command.join(' ')} ${over} without ${what}:\n${said.stdout}${said.stderr}`));
      };
      waiting.add(look);
      look();
    });
  let taken = 0;
  return {
    ended,
    output: () => ({ ...said }),
    says: (stream, pattern) => once(`${pattern} on ${stream}`, () => pattern.exec(said[stream])),
    line: (pattern) => once(`a line ${pattern}`, () => lines.find((text) => pattern.test(text))),
    nextLine: () => once('another line', () => (taken < lines.length ? lines[taken++] : undefined)),
  };
}
