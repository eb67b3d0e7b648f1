import * as v from 'valibot';
import type { Schema } from './scalars.ts';
import { must } from './violation.ts';

/** The members of a structure, each with its schema. */
export type Members = Record<
  string,
  v.GenericSchema<unknown, unknown> | v.ExactOptionalSchema<v.GenericSchema<unknown, unknown>, undefined>
>;

/** What a structure of these members parses to. */
export type StructureOf<M extends Members> = Readonly<v.InferOutput<v.ObjectSchema<M, undefined>>>;

/** What a union of these members parses to: exactly one of them is there. */
export type OneOf<M extends Record<string, Schema<unknown>>> = {
  [K in keyof M]: { readonly [P in K]: v.InferOutput<M[P]> } & { readonly [P in Exclude<keyof M, K>]?: never };
}[keyof M];

/** Tells what is wrong inside a value: steps from the value to the member, the rule, and the member's value. */
export type Refuse = (path: readonly (string | number)[], rule: string, value: unknown) => void;

/** A member that may be left out; `null` means left out. */
export function optional<T>(schema: Schema<T>): v.ExactOptionalSchema<Schema<T>, undefined> {
  return v.exactOptional(schema);
}

/** An object of these members; others are dropped without a word, as stock services do. */
export function structure<const M extends Members>(members: M): Schema<StructureOf<M>> {
  const names = Object.keys(members);
  return v.pipe(
    v.custom<object>(isObject, must('be an object', 'send a JSON object')),
    // Only members of its own that are not null: nothing is taken from a prototype, whatever the input calls itself.
    v.transform((input) => Object.fromEntries(Object.entries(input).filter(([name, value]) => names.includes(name) && value !== null))),
    v.object(members),
    v.readonly(),
  ) as unknown as Schema<StructureOf<M>>;
}

/** A union of the API model: an object with exactly one of these members. */
export function oneOf<const M extends Record<string, Schema<unknown>>>(members: M): Schema<OneOf<M>> {
  const names = Object.keys(members);
  const optionals = Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, optional(schema)]));
  const rule = must(`have exactly one of ${names.join(', ')}`, 'keep one of them');
  return v.pipe(
    structure(optionals),
    v.check((value) => Object.keys(value).length === 1, rule),
  ) as unknown as Schema<OneOf<M>>;
}

/** A list within its limits. */
export function listOf<T>(item: Schema<T>, limits: { readonly min?: number; readonly max?: number } = {}): Schema<readonly T[]> {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits;
  return v.pipe(
    v.custom<readonly unknown[]>(Array.isArray, must('be a list', 'send a JSON array')),
    // Before its items: a list may be far longer than it may be, and its items costly to look at.
    v.check(
      ({ length }) => length >= min && length <= max,
      ({ input: { length } }) => must(`have ${min} to ${max} items, not ${length}`, 'add or remove some'),
    ),
    v.array(item),
    v.readonly(),
  ) as unknown as Schema<readonly T[]>;
}

/** A schema with a rule that spans several members; told only of values whose members are each in order. */
export function ruled<T>(schema: Schema<T>, rule: (value: T, refuse: Refuse) => void): Schema<T> {
  return v.pipe(
    schema,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const value: unknown = dataset.value;
      rule(dataset.value, (path, message, input) => addIssue({ message, input, path: pathItems(value, path) }));
    }),
  );
}

type PathItems = [v.IssuePathItem, ...v.IssuePathItem[]];

function pathItems(root: unknown, path: readonly (string | number)[]): PathItems {
  return path.map((key) => ({ type: 'unknown', origin: 'value', input: root, key, value: undefined })) as v.IssuePathItem[] as PathItems;
}

function isObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
