import type { DescField } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import type { FieldRules, RepeatedRules, StringRules } from '../gen/validate/validate_pb.js';

/** The first rule that a field's value breaks, in words; undefined when it keeps them all. */
export function brokenRule(rules: FieldRules, value: unknown, field: DescField): string | undefined {
  const { type } = rules;
  if (value === undefined) return isRequired(rules) ? 'must be set' : undefined;
  switch (type.case) {
    case 'string':
      return brokenString(type.value, value as string);
    case 'repeated':
      return brokenList(type.value, value as readonly unknown[]);
    case 'map':
      return Object.keys(value as object).length < Number(type.value.minPairs)
        ? `must have at least ${type.value.minPairs} entries`
        : undefined;
    case 'enum':
      return type.value.definedOnly && !isDefined(field, value as number) ? 'must be a defined value' : undefined;
    case 'duration':
      return brokenDuration(type.value, value as Duration);
    case 'bool':
    case 'bytes':
    case 'any':
    case 'timestamp':
    case undefined:
      return undefined;
    default:
      return brokenNumber(type.value, value as Amount);
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

function brokenString(rules: StringRules, value: string): string | undefined {
  if (value === '' && rules.ignoreEmpty) return undefined;
  const characters = BigInt(Array.from(value).length);
  const bytes = BigInt(new TextEncoder().encode(value).length);
  if (characters < rules.minLen) return `must have at least ${rules.minLen} characters`;
  if (rules.maxLen > 0n && characters > rules.maxLen) return `must have at most ${rules.maxLen} characters`;
  if (bytes < rules.minBytes) return `must have at least ${rules.minBytes} bytes`;
  if (rules.maxBytes > 0n && bytes > rules.maxBytes) return `must have at most ${rules.maxBytes} bytes`;
  // HTTP header names and values, the only formats in use, may not end a line.
  if (rules.wellKnown.case === 'wellKnownRegex' && /[\r\n\0]/.test(value)) return 'must not contain CR, LF or NUL';
  return undefined;
}

function brokenList(rules: RepeatedRules, value: readonly unknown[]): string | undefined {
  if (value.length === 0 && rules.ignoreEmpty) return undefined;
  const length = BigInt(value.length);
  if (length < rules.minItems) return `must have at least ${rules.minItems} items`;
  if (rules.maxItems > 0n && length > rules.maxItems) return `must have at most ${rules.maxItems} items`;
  return rules.unique && new Set(value).size < value.length ? 'must not have an item twice' : undefined;
}

type Amount = number | bigint;

const comparisons: readonly (readonly [string, string, (value: Amount, bound: Amount) => boolean])[] = [
  ['lt', 'less than', (value, bound) => value < bound],
  ['lte', 'at most', (value, bound) => value <= bound],
  ['gt', 'greater than', (value, bound) => value > bound],
  ['gte', 'at least', (value, bound) => value >= bound],
];

function brokenNumber(rules: object, value: Amount): string | undefined {
  return setMember(rules, 'ignoreEmpty') === true && Number(value) === 0
    ? undefined
    : brokenBound(rules, value, (bound) => bound as Amount);
}

function brokenDuration(rules: object, value: Duration): string | undefined {
  const nanos = ({ seconds, nanos: rest }: Duration): bigint => seconds * 1_000_000_000n + BigInt(rest);
  return brokenBound(rules, nanos(value), (bound) => nanos(bound as Duration));
}

function brokenBound(rules: object, value: Amount, toAmount: (bound: unknown) => Amount): string | undefined {
  for (const [name, words, holds] of comparisons) {
    const bound = setMember(rules, name);
    if (bound !== undefined && !holds(value, toAmount(bound))) return `must be ${words} ${toAmount(bound)}`;
  }
  return undefined;
}

/** A bound of 0 is a bound: these rules are proto2, where members that were not set stand in the prototype. */
function setMember(rules: object, name: string): unknown {
  return Object.hasOwn(rules, name) ? (rules as Readonly<Record<string, unknown>>)[name] : undefined;
}
