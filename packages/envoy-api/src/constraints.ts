import type { DescField } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import type { FieldRules, RepeatedRules, StringRules } from '../gen/validate/validate_pb.js';

/** Looks at one value: the first rule it breaks in words, undefined when it keeps them all. */
export type Check = (value: unknown) => string | undefined;

/**
 * What a field's rules ask of its value, made once for all values: rules are stored encoded, with numbers of 64 bits. Undefined
 * when they ask nothing.
 */
export function checkOf(rules: FieldRules, field: DescField): Check | undefined {
  const check = checkOfType(rules, field);
  if (!isRequired(rules)) return check && ((value) => (value === undefined ? undefined : check(value)));
  return (value) => (value === undefined ? 'must be set' : check?.(value));
}

function checkOfType({ type }: FieldRules, field: DescField): Check | undefined {
  switch (type.case) {
    case 'string':
      return stringCheck(type.value);
    case 'repeated':
      return listCheck(type.value);
    case 'map': {
      const least = Number(type.value.minPairs);
      return (value) => (Object.keys(value as object).length < least ? `must have at least ${least} entries` : undefined);
    }
    case 'enum':
      return type.value.definedOnly ? (value) => (isDefined(field, value as number) ? undefined : 'must be a defined value') : undefined;
    case 'duration':
      return boundsCheck(type.value, nanosOf);
    case 'bool':
    case 'bytes':
    case 'any':
    case 'timestamp':
    case undefined:
      return undefined;
    default:
      return numberCheck(type.value);
  }
}

function isRequired({ message, type }: FieldRules): boolean {
  if (message?.required === true) return true;
  return (type.case === 'duration' || type.case === 'any' || type.case === 'timestamp') && type.value.required;
}

function isDefined(field: DescField, value: number): boolean {
  const { enum: desc } = field;
  return desc === undefined || desc.value[value] !== undefined; // by number
}

function stringCheck(rules: StringRules): Check {
  const limits: Limits = [Number(rules.minLen), Number(rules.maxLen), Number(rules.minBytes), Number(rules.maxBytes)];
  const [minLen, maxLen, minBytes, maxBytes] = limits;
  const { ignoreEmpty } = rules;
  // HTTP header names and values, the only formats in use, may not end a line.
  const isOneLine = rules.wellKnown.case === 'wellKnownRegex';
  const isMeasured = maxLen > 0 || minBytes > 0 || maxBytes > 0;
  return (given) => {
    const value = given as string;
    if (value === '' && ignoreEmpty) return undefined;
    // A character takes two places at most: a text twice as long as it must be needs no counting.
    if (value.length < 2 * minLen || isMeasured) {
      const broken = brokenLength(value, limits);
      if (broken !== undefined) return broken;
    }
    return isOneLine && /[\r\n\0]/.test(value) ? 'must not contain CR, LF or NUL' : undefined;
  };
}

type Limits = readonly [minLen: number, maxLen: number, minBytes: number, maxBytes: number];

function brokenLength(value: string, [minLen, maxLen, minBytes, maxBytes]: Limits): string | undefined {
  const characters = Array.from(value).length;
  const bytes = Buffer.byteLength(value);
  if (characters < minLen) return `must have at least ${minLen} characters`;
  if (maxLen > 0 && characters > maxLen) return `must have at most ${maxLen} characters`;
  if (bytes < minBytes) return `must have at least ${minBytes} bytes`;
  return maxBytes > 0 && bytes > maxBytes ? `must have at most ${maxBytes} bytes` : undefined;
}

function listCheck({ ignoreEmpty, minItems, maxItems, unique }: RepeatedRules): Check {
  const [least, most] = [Number(minItems), Number(maxItems)];
  return (given) => {
    const { length } = given as readonly unknown[];
    if (length === 0 && ignoreEmpty) return undefined;
    if (length < least) return `must have at least ${least} items`;
    if (most > 0 && length > most) return `must have at most ${most} items`;
    return unique && new Set(given as readonly unknown[]).size < length ? 'must not have an item twice' : undefined;
  };
}

type Amount = number | bigint;

const comparisons: readonly (readonly [string, string, (value: Amount, bound: Amount) => boolean])[] = [
  ['lt', 'less than', (value, bound) => value < bound],
  ['lte', 'at most', (value, bound) => value <= bound],
  ['gt', 'greater than', (value, bound) => value > bound],
  ['gte', 'at least', (value, bound) => value >= bound],
];

function numberCheck(rules: object): Check {
  const bounds = boundsCheck(rules, (value) => value as Amount);
  const ignoresZero = setMember(rules, 'ignoreEmpty') === true;
  return (value) => (ignoresZero && Number(value) === 0 ? undefined : bounds(value));
}

/** What is left out of a plain object is zero. */
function nanosOf(value: unknown): bigint {
  const { seconds = 0n, nanos = 0 } = value as Partial<Duration>;
  return seconds * 1_000_000_000n + BigInt(nanos);
}

function boundsCheck(rules: object, toAmount: (value: unknown) => Amount): Check {
  const bounds = comparisons.flatMap(([name, words, holds]) => {
    const bound = setMember(rules, name);
    return bound === undefined ? [] : [{ words, holds, amount: toAmount(bound) }];
  });
  return (value) => {
    const amount = toAmount(value);
    const broken = bounds.find(({ holds, amount: bound }) => !holds(amount, bound));
    return broken && `must be ${broken.words} ${broken.amount}`;
  };
}

/** A bound of 0 is a bound: these rules are proto2, where members that were not set stand in the prototype. */
function setMember(rules: object, name: string): unknown {
  return Object.hasOwn(rules, name) ? (rules as Readonly<Record<string, unknown>>)[name] : undefined;
}
