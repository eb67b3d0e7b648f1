import * as v from 'valibot';
import { must } from './violation.ts';

/** A schema for one member; whatever comes in, a `T` comes out. */
export type Schema<T> = v.GenericSchema<unknown, T>;

/** Limits of a string, as the API model states them. */
export interface StringLimits {
  /** Least and most characters, counted as Unicode code points. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  /** Whether line breaks may occur: in log formats they do, in hosts, headers and paths they would split what Envoy writes. */
  readonly multiline?: boolean;
}

const NOT_ON_ONE_LINE = /[\r\n\0]/;

/** Largest value of the API model's `integer`, which has 32 bits. */
const INTEGER_MAX = 2_147_483_647;

/** A string within its limits; always well-formed Unicode, and on one line unless said otherwise. */
export function str(limits: StringLimits = {}): Schema<string> {
  return v.pipe(
    v.string(must('be a string', 'send a JSON string')),
    v.check((value) => value.isWellFormed(), must('be well-formed Unicode', 'remove the lone surrogate')),
    v.check(
      (value) => withinLength(value, limits),
      ({ input }) => must(`have ${lengthRule(limits)}, not ${characters(input)}`, 'send a string of that length'),
    ),
    v.check(
      (value) => limits.multiline === true || !NOT_ON_ONE_LINE.test(value),
      must('not contain CR, LF or NUL', 'remove them, Envoy refuses them'),
    ),
    v.check((value) => limits.pattern?.test(value) ?? true, must(`match ${limits.pattern?.source}`, 'remove the other characters')),
  );
}

/** One of a fixed set of spellings. */
export function oneOfValues<const T extends string>(values: readonly T[]): Schema<T> {
  return v.picklist(values, must(`be one of ${values.join(', ')}`, 'send one of these, upper and lower case as written'));
}

/** A 32-bit integer of the API model. */
export function integer(limits: { readonly min: number; readonly max?: number }): Schema<number> {
  return wholeNumber(limits.min, limits.max ?? INTEGER_MAX);
}

/** A `long` of the API model; where the model sets no limit it ends where JSON numbers stop being exact (2^53 - 1). */
export function long(limits: { readonly min?: number; readonly max?: number } = {}): Schema<number> {
  return wholeNumber(limits.min ?? Number.MIN_SAFE_INTEGER, limits.max ?? Number.MAX_SAFE_INTEGER);
}

/** `true` or `false`. */
export function bool(): Schema<boolean> {
  return v.boolean(must('be a boolean', 'send true or false, without quotes'));
}

function wholeNumber(min: number, max: number): Schema<number> {
  const rule = must(`be a whole number from ${min} to ${max}`, 'send a number in that range, without quotes');
  return v.pipe(
    v.number(rule),
    v.check((value) => Number.isSafeInteger(value) && value >= min && value <= max, rule),
  );
}

function withinLength(value: string, { min = 0, max = Number.POSITIVE_INFINITY }: StringLimits): boolean {
  const length = characters(value);
  return length >= min && length <= max;
}

/** Surrogate pairs count once: the limits are those of the API model, whose clients count code points. */
function characters(value: string): number {
  return Array.from(value).length;
}

function lengthRule({ min = 0, max }: StringLimits): string {
  return max === undefined ? `at least ${min} characters` : `${min} to ${max} characters`;
}
