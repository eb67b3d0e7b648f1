import { MeshError, shown } from '@meshwright/model';

/** Path and query of a request, each part decoded exactly once. */
export interface RequestTarget {
  /** Decoded; a `/` inside a segment was sent as `%2F` and is data. */
  readonly segments: readonly string[];
  readonly query: ReadonlyMap<string, string>;
}

/** Most query parameters of one request; App Mesh's own operations have at most 3. */
const MAX_QUERY_PARAMETERS = 64;

/**
 * Reads the target as it came on the wire. `URL` and `Request` fold `.` and `..`, so one signed path could be read as another:
 * here the path is split on raw `/`, each segment decoded once, and what could fold is refused.
 * @throws MeshError `BadRequest` naming the segment or parameter.
 */
export function parseRequestTarget(rawTarget: string): RequestTarget {
  const unencoded = /[^!-~]|#/u.exec(rawTarget);
  if (unencoded !== null) {
    const which = `The request target has ${shown(unencoded[0])} as its character ${unencoded.index + 1}`;
    throw new MeshError('BadRequest', `${which}; spaces, "#", control and non-ASCII characters must be encoded. Percent-encode it.`);
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
  if (beforeFirst !== '') throw new MeshError('BadRequest', `The path ${shown(path)} does not begin with "/". Send an absolute path.`);
  return segments.map((raw, index) => {
    const segment = decode(raw, 'path segment');
    if (segment === '' || segment === '.' || segment === '..') {
      const which = `Segment ${index + 1} of the path ${shown(path)} is ${segment === '' ? 'empty' : shown(segment)}`;
      throw new MeshError(
        'BadRequest',
        `${which}; empty, "." and ".." segments are refused. Check the endpoint URL and the names put into it.`,
      );
    }
    if (segment.includes('\0') || segment.includes('\\')) {
      throw new MeshError(
        'BadRequest',
        `The path segment ${shown(raw)} contains a NUL or a backslash, which names cannot have. Use another name.`,
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
    if (query.has(name)) throw new MeshError('BadRequest', `The query parameter ${shown(name)} is given more than once. Send it once.`);
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
      `The ${what} ${shown(raw)} is not percent-encoded UTF-8. Encode each "%" as "%25" and each character as UTF-8.`,
      { cause },
    );
  }
}
