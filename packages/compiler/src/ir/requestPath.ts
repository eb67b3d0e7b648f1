// What compiled listeners ask of Envoy (`normalize_path`, `merge_slashes`, escaped slashes kept), as Envoy 1.40 does it: by the
// rules of browsers, which are its library's.

/**
 * A path with its query as routes are matched against it: dots resolved, letters and digits decoded, slashes merged; the query
 * stays as it was. Undefined when Envoy answers 400 instead.
 * @param path visible ASCII that begins with `/`
 */
export function normalisedPath(path: string): string | undefined {
  const start = path.indexOf('?');
  const [own, query] = start < 0 ? [path, ''] : [path.slice(0, start), path.slice(start)];
  const canonical = canonicalPath(withoutDotParameters(own));
  return canonical === undefined ? undefined : `${mergedSlashes(canonical)}${query}`;
}

/** `/..;x=1/` is `/../` to some servers, so Envoy takes it for that before it resolves dots. */
function withoutDotParameters(path: string): string {
  return path.replaceAll(/(?<=\/)(\.\.?);[^/]*/g, '$1');
}

/** `//` alone stays as it is: nothing stands between its slashes. */
function mergedSlashes(path: string): string {
  if (!path.includes('//')) return path;
  return `/${path.split('/').filter(Boolean).join('/')}${path.endsWith('/') ? '/' : ''}`;
}

const ESCAPED = /["<>^`{|}]/;
const HEX = /^%[\da-fA-F]{2}$/;
const UNESCAPED = /[\w~-]/;

/** A path under construction. */
interface Output {
  text: string;
  /** Where the last `%` stands that began no escape; -1 = nowhere. */
  strayPercent: number;
}

function canonicalPath(path: string): string | undefined {
  const out: Output = { text: '', strayPercent: -1 };
  let at = 0;
  while (at < path.length) {
    const next = dotAt(path, at) > 0 ? afterDot(path, at, out) : afterCharacter(path, at, out);
    if (next === undefined) return undefined;
    at = next;
  }
  return out.text;
}

/** Length of a dot, which may be escaped; 0 = there is none. */
function dotAt(path: string, at: number): number {
  if (path[at] === '.') return 1;
  return path.slice(at, at + 3).toLowerCase() === '%2e' ? 3 : 0;
}

function isSlash(character: string | undefined): boolean {
  return character === '/' || character === '\\';
}

/** Resolves `.` and `..` between slashes; answers where to go on. */
function afterDot(path: string, at: number, out: Output): number {
  const first = at + dotAt(path, at);
  if (!out.text.endsWith('/')) return put('.', first, out);
  if (first === path.length) return first;
  if (isSlash(path[first])) return first + 1;
  const second = first + dotAt(path, first);
  if (second === first || (second < path.length && !isSlash(path[second]))) return put('.', first, out);
  const parent = out.text.lastIndexOf('/', Math.max(0, out.text.length - 2));
  out.text = out.text.slice(0, parent + 1);
  if (out.strayPercent > out.text.length) out.strayPercent = -1;
  return Math.min(second + 1, path.length);
}

/** Answers where to go on; undefined when the path is refused. */
function afterCharacter(path: string, at: number, out: Output): number | undefined {
  const character = path[at] ?? '';
  if (character === '\\') return put('/', at + 1, out);
  if (ESCAPED.test(character)) return put(`%${character.charCodeAt(0).toString(16).toUpperCase()}`, at + 1, out);
  if (character !== '%') return put(character, at + 1, out);
  const escaped = path.slice(at, at + 3);
  if (!HEX.test(escaped)) {
    out.strayPercent = out.text.length;
    return put('%', at + 1, out);
  }
  if (escaped === '%00') return undefined;
  const meant = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  if (!UNESCAPED.test(meant)) return put(escaped, at + 3, out);
  put(meant, at + 3, out);
  escapeStrayPercent(path[at + 3], out);
  return at + 3;
}

function put(text: string, next: number, out: Output): number {
  out.text += text;
  return next;
}

/** Keeps `%%34%31` from becoming the escape `%41`, which it was not. */
function escapeStrayPercent(next: string | undefined, out: Output): void {
  const { text, strayPercent } = out;
  if (strayPercent < 0 || strayPercent < text.length - 3) return;
  const isShort = strayPercent === text.length - 2;
  if (isShort && next === undefined) return;
  const candidate = text.slice(strayPercent) + (isShort ? next : '');
  if (HEX.test(candidate)) out.text = `${text.slice(0, strayPercent)}%25${text.slice(strayPercent + 1)}`;
}
