import { normalisedPath } from '../ir/requestPath.ts';
import { isHostText, isPathText } from '../ir/requestText.ts';
import { type Header, seenHeaders } from './proxyHeaders.ts';

/** A request as a client sends it to a proxy. */
export interface ExplainedRequest {
  /** In capitals. */
  readonly method: string;
  /** What `Host` or `:authority` says, with the port if the client wrote one. */
  readonly authority: string;
  /** The path with its query, percent-encoded as it was sent. */
  readonly path: string;
  /** Unless given: what `x-forwarded-proto` says, else `http`. */
  readonly scheme?: string;
  /** In the order in which they were sent; none unless given. Names in any case; `Host` goes into `authority`. */
  readonly headers?: readonly Header[];
}

/** A request as routes are matched against it. */
export interface ReceivedRequest {
  /** As it was sent, with what the proxy changes before it chooses a route. */
  readonly request: Required<ExplainedRequest>;
  /** Path without its query. */
  readonly path: string;
  /** First value of each parameter, not decoded: that is what is compared. */
  readonly query: ReadonlyMap<string, string>;
  /** All values of a header or pseudo-header, which are compared each for itself; none when it is absent. */
  values(name: string): readonly string[];
}

/** A request that the proxy answers before it looks for a route. */
export interface RefusedRequest {
  readonly status: 400 | 404;
  readonly why: string;
}

/** What of a request routes are matched against, or why none is. */
export function receive(request: ExplainedRequest): ReceivedRequest | RefusedRequest {
  const refused = refusal(request);
  if (refused !== undefined) return refused;
  const path = normalisedPath(request.path);
  if (path === undefined) return { status: 400, why: 'its path has %00, which no path may have' };
  const headers = seenHeaders(request.headers ?? []);
  const [, forwarded = ''] = headers.find(([name]) => name === 'x-forwarded-proto') ?? [];
  if (forwarded === '') return { status: 404, why: 'its x-forwarded-proto is empty, and then no route is looked for' };
  const whole = { ...request, path, scheme: schemeOf(request.scheme ?? forwarded), headers };
  return { request: whole, path: path.replace(/\?.*/s, ''), query: queryOf(path), values: valuesOf(whole) };
}

function refusal({ method, authority, path }: ExplainedRequest): RefusedRequest | undefined {
  if (method === 'CONNECT') return { status: 404, why: 'CONNECT has no path, and every route wants one' };
  if (!isHostText(authority)) return { status: 400, why: `${JSON.stringify(authority)} is no host` };
  if (!isPathText(path)) return { status: 400, why: 'its path has a character that must be percent-encoded' };
  if (path.includes('#')) return { status: 400, why: 'its path has a fragment, which only clients know' };
  if (method === 'OPTIONS' && path.startsWith('*')) return { status: 404, why: '* is no path, and every route wants one' };
  if (!path.startsWith('/')) return { status: 400, why: 'its path does not begin with /' };
  return undefined;
}

/** What is no scheme is as good as none, on a listener without TLS. */
function schemeOf(said: string): string {
  return said.toLowerCase() === 'https' ? 'https' : 'http';
}

/** Parameters are what stands between `&`; the first of a name counts, and one without `=` is empty. */
function queryOf(path: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  const start = path.indexOf('?');
  if (start < 0 || start === path.length - 1) return query;
  for (const parameter of path.slice(start + 1).split('&')) {
    const equals = parameter.indexOf('=');
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    if (!query.has(name)) query.set(name, equals < 0 ? '' : parameter.slice(equals + 1));
  }
  return query;
}

function valuesOf({ method, authority, path, scheme, headers }: Required<ExplainedRequest>): ReceivedRequest['values'] {
  const own: readonly Header[] = [
    [':method', method],
    [':authority', authority],
    // Envoy keeps one of the two.
    ['host', authority],
    [':path', path],
    [':scheme', scheme],
  ];
  const values = Map.groupBy([...headers, ...own], ([name]) => name);
  return (name) => (values.get(name.toLowerCase()) ?? []).map(([, value]) => value);
}
