/** What is quoted has a character that prose has not: `http` may stand in any text. */
const QUOTED = /[^a-z]/;
const SHORTEST_VALUE = 3;

/**
 * The field that a refusal is about: the one below `pointer` whose value Envoy's words quote, the longest of several; `pointer`
 * itself when they quote none.
 */
export function quotedField(spec: unknown, pointer: string, message: string): string {
  const start = pointer.split('/').slice(1).reduce<unknown>(member, spec);
  let [longest, found] = [SHORTEST_VALUE - 1, pointer];
  for (const [place, value] of texts(start, pointer)) {
    if (value.length > longest && QUOTED.test(value) && isQuoted(message, value)) [longest, found] = [value.length, place];
  }
  return found;
}

/** Whether a text has a value as a whole: names of Envoy's resources are made of several. */
function isQuoted(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const isBegun = /\w/.test(value[0] ?? '') && /[\w.-]/.test(text[at - 1] ?? ' ');
    const goesOn = /\w/.test(value.at(-1) ?? '') && /[\w-]/.test(text[at + value.length] ?? ' ');
    if (!isBegun && !goesOn) return true;
  }
  return false;
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
