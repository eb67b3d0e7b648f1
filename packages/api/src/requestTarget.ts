import { MeshError } from '@meshwright/model';

/** Path and query of a request, each part decoded exactly once. */
export interface RequestTarget {
  /** Decoded; a `/` inside a segment was sent as `%2F` and is data. */
  readonly segments: readonly string[];
  readonly query: ReadonlyMap<string, string>;
}

/** Most query parameters of one request; App Mesh's own operations have at most 3. */
const MAX_QUERY_PARAMETERS = 64;

/** Longest piece of the caller's input that a message repeats, in characters. */
const MAX_QUOTED = 100;

/** Control and format characters and line separators; JSON escapes only some of them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Reads the target as it came on the wire. `URL` and `Request` fold `.` and `..`, so one signed path could be read as another:
 * here the path is split on raw `/`, each segment decoded once, and what could fold is refused.
 * @throws MeshError `BadRequest` naming the segment or parameter.
 */
export function parseRequestTarget(rawTarget: string): RequestTarget {
  if (!/^[!-~]*$/.test(rawTarget) || rawTarget.includes('#')) {
    throw new MeshError(
      'BadRequest',
      'The request target has a character that a URL must percent-encode (space, "#", control or non-ASCII). Percent-encode it.',
    );
  }
  // The absolute form is what clients send through a proxy (RFC 9112, 3.2.2).
  const target = rawTarget.replace(/^https?:\/\/[^/?]*/i, '');
  const queryStart = target.indexOf('?');
  const path = queryStart < 0 ? target : target.slice(0, queryStart);
  return { segments: parsePath(path), query: parseQuery(queryStart < 0 ? '' : target.slice(queryStart + 1)) };
}

function parsePath(path: string): readonly string[] {
  if (path === '' || path === '/') return [];
  const [beforeFirst, ...segments] = path.split('/');
  if (beforeFirst !== '') throw new MeshError('BadRequest', `The path ${quote(path)} does not begin with "/". Send an absolute path.`);
  return segments.map((raw, index) => {
    const segment = decode(raw, 'path segment');
    if (segment === '' || segment === '.' || segment === '..') {
      const which = `Segment ${index + 1} of the path ${quote(path)} is ${segment === '' ? 'empty' : quote(segment)}`;
      throw new MeshError(
        'BadRequest',
        `${which}; empty, "." and ".." segments are refused. Check the endpoint URL and the names put into it.`,
      );
    }
    if (segment.includes('\0') || segment.includes('\\')) {
      throw new MeshError(
        'BadRequest',
        `The path segment ${quote(raw)} contains a NUL or a backslash, which names cannot have. Use another name.`,
      );
    }
    return segment;
  });
}

function parseQuery(rawQuery: string): ReadonlyMap<string, string> {
  const parameters = rawQuery.split('&').filter((parameter) => parameter !== '');
  if (parameters.length > MAX_QUERY_PARAMETERS) {
    throw new MeshError(
      'BadRequest',
      `The query has ${parameters.length} parameters; at most ${MAX_QUERY_PARAMETERS} are read. Send fewer.`,
    );
  }
  const query = new Map<string, string>();
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    const name = decode(equals < 0 ? parameter : parameter.slice(0, equals), 'query parameter name');
    if (query.has(name)) throw new MeshError('BadRequest', `The query parameter ${quote(name)} is given more than once. Send it once.`);
    query.set(name, equals < 0 ? '' : decode(parameter.slice(equals + 1), 'query parameter value'));
  }
  return query;
}

function decode(raw: string, what: string): string {
  try {
    return decodeURIComponent(raw);
  } catch (cause) {
    throw new MeshError(
      'BadRequest',
      `The ${what} ${quote(raw)} is not percent-encoded UTF-8. Encode each "%" as "%25" and each character as UTF-8.`,
      { cause },
    );
  }
}

/** The caller's own words inside a message: cut at 100 characters, and escaped so that they can forge no line of a log or terminal. */
export function quote(text: string): string {
  const shown = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return JSON.stringify(shown.toWellFormed()).replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
