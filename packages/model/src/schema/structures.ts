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

/** A union of the API model: an object with exactly one of these members, and whatever of the others. */
export function oneOf<const M extends Record<string, Schema<unknown>>>(members: M): Schema<OneOf<M>>;
export function oneOf<const M extends Record<string, Schema<unknown>>, const Others extends Members>(
  members: M,
  others: Others,
): Schema<OneOf<M> & StructureOf<Others>>;
export function oneOf(members: Record<string, Schema<unknown>>, others: Members = {}): Schema<unknown> {
  const names = Object.keys(members);
  const optionals = Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, optional(schema)]));
  const present = (input: object): readonly string[] =>
    names.filter((name) => Object.hasOwn(input, name) && Reflect.get(input, name) !== null);
  return v.pipe(
    v.custom<object>(isObject, must('be an object', 'send a JSON object')),
    // Before its members: each may be costly to look at, and only one can be meant.
    v.check(
      (input) => present(input).length === 1,
      ({ input }) => exactlyOne(names, present(input)),
    ),
    structure({ ...optionals, ...others }) as v.GenericSchema<object, unknown>,
  );
}

function exactlyOne(names: readonly string[], found: readonly string[]): string {
  const rule = `have exactly one of ${names.join(', ')}`;
  return found.length === 0 ? must(rule, 'add one of them') : must(`${rule}, not ${found.join(' and ')}`, 'keep one of them');
}

/** Faulty items after which a list is not looked at any further: more than a refusal tells of. */
const MAX_FAULTY_ITEMS = 10;

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
    v.rawTransform(({ dataset: { value }, config, addIssue, NEVER }) => {
      const { items, issues } = parseItems(item, value, config as v.Config<v.BaseIssue<unknown>>);
      for (const issue of issues) addIssue(issue);
      return issues.length === 0 ? items : NEVER;
    }),
    // For whoever walks schemas: what is called in a function above does not show.
    v.metadata({ item }),
    v.readonly(),
  );
}

interface ItemIssue {
  readonly message: string;
  readonly input: unknown;
  readonly path: [v.IssuePathItem, ...v.IssuePathItem[]];
}

function parseItems<T>(item: Schema<T>, list: readonly unknown[], config: v.Config<v.BaseIssue<unknown>>) {
  const items: T[] = [];
  const issues: ItemIssue[] = [];
  let faulty = 0;
  for (const [key, value] of list.entries()) {
    const result = v.safeParse(item, value, config);
    if (result.success) {
      items.push(result.output);
      continue;
    }
    const place: v.IssuePathItem = { type: 'array', origin: 'value', input: list as unknown[], key, value };
    issues.push(...result.issues.map(({ message, input, path = [] }): ItemIssue => ({ message, input, path: [place, ...path] })));
    faulty += 1;
    if (faulty === MAX_FAULTY_ITEMS) break;
  }
  return { items, issues };
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
