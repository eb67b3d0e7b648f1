import { type ParseArgsConfig, parseArgs } from 'node:util';

/** One benchmark of `npm run bench`: it prints what it measured and asserts nothing. */
export interface Benchmark {
  /** Its options, as the usage shows them. */
  readonly usage: string;
  /** What it measures and what each option does; lines of at most 120 characters. */
  readonly help: string;
  /**
   * Reads its arguments, before anything is started; what it answers measures, prints and answers the exit status. What takes long
   * to load is loaded there: usage is to be told at once.
   * @throws UsageError when they say nothing sensible.
   */
  readonly read: (args: readonly string[]) => () => Promise<number>;
}

/** The command line says something that cannot be done; the message says what. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was to be measured did not happen. */
export class MeasurementFailed extends Error {
  override readonly name = 'MeasurementFailed';
}

/** Options as `parseArgs` takes them. */
export type Options = NonNullable<ParseArgsConfig['options']>;

/** @throws UsageError for options that are not among these. */
export function parse<O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const MOST = 10_000;

/** @throws UsageError unless it is a whole number from 1 to 10,000. */
export function countOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > MOST)
    throw new UsageError(`${option} is "${text}"; it takes a whole number from 1 to ${MOST}.`);
  return number;
}

/** Progress goes to standard error, one line each. */
export const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
