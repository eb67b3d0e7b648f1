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
  readonly pattern?: string;
}

/** A member of a structure; of an operation's input it may travel in the path or the query. */
export interface Member {
  readonly shape: string;
  readonly location?: 'uri' | 'querystring';
}

interface ModelOperation {
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input: { readonly shape: string };
  readonly errors: readonly { readonly shape: string }[];
}

const model = JSON.parse(readFileSync(new URL('../../../testdata/service-2.json', import.meta.url), 'utf8')) as {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly operations: Readonly<Record<string, ModelOperation>>;
};

/** The operations of the API model, in its order. */
export const modelOperations: readonly ModelOperation[] = Object.values(model.operations);

/** The shape of a name. */
export function shapeOf(name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the API model has no shape ${name}`);
  return shape;
}

/** Every place of a request that the model speaks of: an operation's input, a member of a structure, an item of a list. */
export interface ModelPath {
  /** Such as `CreateRoute.spec.httpRoute.match.headers[].name`; the operation's name alone for its input. */
  readonly path: string;
  readonly shape: Shape;
}

/** All paths of all operations' inputs. */
export function modelPaths(): readonly ModelPath[] {
  return modelOperations.flatMap(({ name, input }) => pathsFrom(input.shape, name));
}

/** All paths of a shape, itself first; `path` is what it is called. */
export function pathsFrom(name: string, path: string): readonly ModelPath[] {
  const shape = shapeOf(name);
  const members = Object.entries(shape.members ?? {}).flatMap(([member, inner]) => pathsFrom(inner.shape, `${path}.${member}`));
  const items = shape.member === undefined ? [] : pathsFrom(shape.member.shape, `${path}[]`);
  return [{ path, shape }, ...members, ...items];
}

/** A limit that the model states of a value; probes are told apart by it. */
export type Limit = 'min' | 'max' | 'enum' | 'pattern' | 'union';

/** The limits that a shape states. */
export function limitsOf(shape: Shape): readonly Limit[] {
  return (['min', 'max', 'enum', 'pattern', 'union'] as const).filter((limit) => shape[limit] !== undefined && shape[limit] !== false);
}
