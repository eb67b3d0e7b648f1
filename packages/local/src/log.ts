/** One thing that happened: where, what, and the values in it. */
export interface LogEntry {
  /** Part of the control plane, such as `api`. */
  readonly area: string;
  /** `info` unless given. */
  readonly level?: LogLevel;
  /** Read by people; complete without the fields. */
  readonly text: string;
  /** For machines. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** How much something matters: `warning` is worth a look, `error` needs somebody. */
export type LogLevel = 'info' | 'warning' | 'error';

/** How a log is written: a line of text, or one JSON object per line. */
export type LogFormat = 'text' | 'json';

/** Takes what happened. */
export type Log = (entry: LogEntry) => void;

/** A log of one line per entry, each with its time in UTC. */
export function createLog(format: LogFormat, now: () => number, write: (line: string) => void): Log {
  return ({ area, level = 'info', text, fields }) => {
    const at = new Date(now()).toISOString();
    const line = format === 'json' ? JSON.stringify({ at, level, area, text, ...fields }, asLogged) : `${at} ${area.padEnd(7)} ${text}`;
    write(`${spelledOut(line)}\n`);
  };
}

/**
 * What a caller sent must not be able to forge a line, steer a terminal or turn text around: such characters are written as JSON
 * writes them, so that a line of JSON means the same as before.
 */
function spelledOut(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Generations as text, times to the microsecond: what a clock has beyond that is noise. */
function asLogged(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1_000) / 1_000;
  return typeof value === 'bigint' ? value.toString() : value;
}
