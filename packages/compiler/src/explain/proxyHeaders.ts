// What Envoy 1.40 does to headers before it chooses a route, each seen on it.

/** A header as it was sent. */
export type Header = readonly [name: string, value: string];

/**
 * Headers of which Envoy keeps one value: what was sent more than once is joined by commas. All others are compared value by
 * value, and one that matches is enough; Envoys without the fix of CVE-2026-26308 join those, too.
 */
const JOINED: ReadonlySet<string> = new Set(
  `accept accept-encoding access-control-request-headers access-control-request-method authorization cache-control cdn-loop
    content-encoding content-type expect grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range
    if-unmodified-since origin pragma referer te user-agent via x-client-trace-id x-envoy-attempt-count x-envoy-decorator-operation
    x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-external-address x-envoy-original-host
    x-envoy-original-path x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-request-id`.split(/\s+/),
);

/** Removed from requests: they are about one connection, or would steer the proxy from outside. */
const REMOVED: ReadonlySet<string> = new Set(
  `connection keep-alive proxy-connection transfer-encoding x-envoy-expected-rq-timeout-ms x-envoy-force-trace
    x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags x-envoy-max-retries x-envoy-original-url
    x-envoy-retriable-header-names x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on
    x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response
    x-envoy-upstream-rq-timeout-ms x-forwarded-client-cert`.split(/\s+/),
);

/**
 * A request's headers as routes see them: names in lower case, each joined header once. Requests that say by `x-forwarded-for`
 * that they come from a private address keep some of those that steer Envoy; they are taken for removed all the same.
 */
export function seenHeaders(sent: readonly Header[]): readonly Header[] {
  const plain = sent.map(([name, value]): Header => [name.toLowerCase(), value.replace(/^[ \t]+|[ \t]+$/g, '')]);
  const named = namedByConnection(plain);
  const kept = [...Map.groupBy(plain, ([name]) => name)]
    .filter(([name]) => !REMOVED.has(name) && !named.has(name))
    .flatMap(([name, headers]) => (JOINED.has(name) ? joined(name, headers) : headers));
  return [...kept, ...ADDED.filter(([name]) => !kept.some(([own]) => own === name))];
}

/** Empty values leave no comma; of `te`, nothing but `trailers` is for anyone behind the proxy. */
function joined(name: string, headers: readonly Header[]): readonly Header[] {
  const values = headers.map(([, value]) => value).filter((value) => value !== '');
  if (name !== 'te' || values.length === 0) return [[name, values.join(',')]];
  const tokens = values.flatMap((value) => value.split(',')).map((token) => token.trim());
  return tokens.includes('trailers') ? [[name, 'trailers']] : [];
}

/** Headers that every request has when routes see it, whether or not the client sent them: the listener is one without TLS. */
const ADDED: readonly Header[] = [
  ['x-forwarded-proto', 'http'],
  // In the form that Envoy's have; their digits are random.
  ['x-request-id', '00000000-0000-4000-8000-000000000000'],
];

/** `connection: x-a` says that `x-a` is for the next hop only. */
function namedByConnection(all: readonly Header[]): ReadonlySet<string> {
  const tokens = all.filter(([name]) => name === 'connection').flatMap(([, value]) => value.toLowerCase().split(','));
  return new Set(tokens.map((token) => token.trim()));
}
