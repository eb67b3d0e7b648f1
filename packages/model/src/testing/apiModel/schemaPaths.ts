/** What valibot's schemas and the steps of their pipes show of themselves. */
interface Part {
  readonly kind: string;
  readonly type: string;
  readonly pipe?: readonly Part[];
  readonly entries?: Readonly<Record<string, Part>>;
  readonly wrapped?: Part;
  readonly metadata?: { readonly item?: Part };
}

/** Kinds of steps in a pipe below which there is nothing. */
const LEAVES: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'picklist', 'custom']);

/**
 * Every place that a schema reads, spelled as `pathsFrom` spells the API model's; `path` is what the whole is called.
 * @throws Error for a schema of a type that it cannot look into.
 */
export function schemaPaths(schema: unknown, path: string): readonly string[] {
  return [path, ...below(schema as Part, path)];
}

function below({ pipe, type, entries, wrapped }: Part, path: string): readonly string[] {
  // The first step of a pipe is the schema that it began with.
  if (pipe !== undefined) return pipe.flatMap((step) => belowStep(step, path));
  if (wrapped !== undefined) return below(wrapped, path);
  if (entries !== undefined) return Object.entries(entries).flatMap(([member, inner]) => schemaPaths(inner, `${path}.${member}`));
  if (LEAVES.has(type)) return [];
  throw new Error(`${path} is read by a schema of type ${type}, which cannot be looked into: add it to schemaPaths.`);
}

function belowStep(step: Part, path: string): readonly string[] {
  if (step.kind === 'schema') return below(step, path);
  const item = step.metadata?.item;
  return item === undefined ? [] : schemaPaths(item, `${path}[]`);
}
