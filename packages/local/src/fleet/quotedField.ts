/** Characters that a value needs to be told from what happens to be in a text. */
const SHORTEST_VALUE = 3;

/**
 * The field that a refusal is about: the one below `pointer` whose value Envoy's words quote, the longest of several; `pointer`
 * itself when they quote none.
 */
export function quotedField(spec: unknown, pointer: string, message: string): string {
  const start = pointer.split('/').slice(1).reduce<unknown>(member, spec);
  let [longest, found] = [SHORTEST_VALUE - 1, pointer];
  for (const [place, value] of texts(start, pointer)) {
    if (value.length > longest && message.includes(value)) [longest, found] = [value.length, place];
  }
  return found;
}

function member(value: unknown, segment: string): unknown {
  const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function* texts(value: unknown, place: string): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [place, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) yield* texts(inner, `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}
