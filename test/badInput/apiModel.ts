import { modelOperations, shapeOf } from '@meshwright/model/testing';

/** An operation of the API model. */
export type ModelOperation = (typeof modelOperations)[number];

type Members = NonNullable<ReturnType<typeof shapeOf>['members']>;

/** A member of a structure; where it travels when that is not the body. */
export type Member = Members[string];

/** Members of an operation's input in one place of the request. */
export function membersIn(operation: ModelOperation, location: Member['location']): readonly (readonly [string, Member])[] {
  return Object.entries(shapeOf(operation.input.shape).members ?? {}).filter(([, member]) => member.location === location);
}

/** Shapes of the errors that an operation is documented to have. */
export function errorsOf(name: string): readonly string[] {
  return modelOperations.find((operation) => operation.name === name)?.errors.map(({ shape }) => shape) ?? [];
}

/** A value as the API model understands it: members it does not know and members that are null are not there. */
export function asUnderstood(name: string, value: unknown): unknown {
  const { type, member, members = {} } = shapeOf(name);
  if (type === 'list' && Array.isArray(value)) return value.map((item) => asUnderstood(member?.shape ?? '', item));
  if (type !== 'structure' || typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([key, inner]) => Object.hasOwn(members, key) && inner !== null);
  return Object.fromEntries(known.map(([key, inner]) => [key, asUnderstood(members[key]?.shape ?? '', inner)]));
}
