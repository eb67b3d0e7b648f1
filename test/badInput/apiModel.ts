import { readFileSync } from 'node:fs';

/** A shape of the API model. */
export interface Shape {
  readonly type: 'structure' | 'list' | 'string' | 'integer' | 'long' | 'boolean';
  readonly members?: Readonly<Record<string, Member>>;
  readonly member?: { readonly shape: string };
  readonly required?: readonly string[];
  readonly union?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly enum?: readonly string[];
}

/** A member of a structure; where it travels when that is not the body. */
export interface Member {
  readonly shape: string;
  readonly location?: 'uri' | 'querystring';
}

/** An operation of the API model. */
export interface ModelOperation {
  readonly name: string;
  readonly http: { readonly method: 'GET' | 'PUT' | 'DELETE'; readonly requestUri: string };
  readonly input: { readonly shape: string };
  readonly errors: readonly { readonly shape: string }[];
}

const model = JSON.parse(readFileSync(new URL('../../packages/model/testdata/service-2.json', import.meta.url), 'utf8')) as {
  readonly operations: Readonly<Record<string, ModelOperation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
};

/** All operations, by name. */
export const modelOperations: Readonly<Record<string, ModelOperation>> = model.operations;

/** The shape of a name. */
export function shapeOf(name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the API model has no shape ${name}`);
  return shape;
}

/** Members of an operation's input in one place of the request. */
export function membersIn(operation: ModelOperation, location: Member['location']): readonly (readonly [string, Member])[] {
  return Object.entries(shapeOf(operation.input.shape).members ?? {}).filter(([, member]) => member.location === location);
}

/** A value as the API model understands it: members it does not know and members that are null are not there. */
export function asUnderstood(name: string, value: unknown): unknown {
  const { type, member, members = {} } = shapeOf(name);
  if (type === 'list' && Array.isArray(value)) return value.map((item) => asUnderstood(member?.shape ?? '', item));
  if (type !== 'structure' || typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([key, inner]) => Object.hasOwn(members, key) && inner !== null);
  return Object.fromEntries(known.map(([key, inner]) => [key, asUnderstood(members[key]?.shape ?? '', inner)]));
}
