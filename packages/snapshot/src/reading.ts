/** What was read is not as it must be, told from the inside out: each that reads a part puts in front where the part is. */
class Misread extends TypeError {
  override readonly name = 'TypeError';
}

/**
 * Reads a list of entries into a map. Where an entry is wrong is put together only then: a path per entry took more time than reading it.
 * @throws TypeError that names the first member which is not as it must be.
 */
export function readMap<Value>(value: unknown, at: string, read: (value: unknown, key: string) => Value): ReadonlyMap<string, Value> {
  const map = new Map<string, Value>();
  for (const entry of list(value, at)) {
    const pair = list(entry, at);
    const key = text(pair[0], at);
    if (map.has(key)) throw new Misread(`${at}: "${key}" occurs twice`);
    map.set(
      key,
      inside(at, key, () => read(pair[1], key)),
    );
  }
  return map;
}

function inside<Value>(at: string, key: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof Misread) throw new Misread(`${at}[${key}].${cause.message}`, { cause });
    throw cause;
  }
}

/** @throws TypeError when it is no object. */
export function members(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Misread(`${at}: not an object`);
  return value as Readonly<Record<string, unknown>>;
}

/** @throws TypeError when it is no list. */
export function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misread(`${at}: not a list`);
  return value;
}

/** @throws TypeError when it is no text. */
export function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new Misread(`${at}: not a string`);
  return value;
}

/** @throws TypeError when it is no whole number from 0. */
export function count(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Misread(`${at}: not a count`);
  return value;
}

/** What a table has at a place. @throws TypeError when there is nothing. */
export function pick<Value>(table: readonly Value[], place: unknown, at: string): Value {
  const picked = table[count(place, at)];
  if (picked === undefined) throw new Misread(`${at}: there is nothing at place ${place}`);
  return picked;
}
