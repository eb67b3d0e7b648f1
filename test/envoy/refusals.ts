import { bootstrapOf, chainOf, checkedCluster, dnsCluster, type Json, secretCluster } from './envoyParts.ts';

/** A value that the API refuses, and the same value in a configuration of Envoy. */
export interface Refusal {
  /** The class it stands for. */
  readonly what: string;
  readonly kind: 'virtualNode' | 'virtualRouter' | 'route' | 'virtualGateway' | 'gatewayRoute' | 'virtualService';
  /** The spec with the value; of a virtual service, whose name is the value, there is none. */
  readonly spec?: object;
  /** Names of virtual services that one mesh would have; the last one is refused. */
  readonly names?: readonly string[];
  /** What the API's refusal begins with. */
  readonly field: string;
  readonly envoy: Json;
  /** What Envoy says to it; absent where Envoy takes it. */
  readonly envoySays?: RegExp;
  /** Why it is refused though Envoy takes it. */
  readonly because?: string;
}

const weighted = { weightedTargets: [{ virtualNode: 'a', weight: 1 }] };
const target = { virtualService: { virtualServiceName: 's' } };
const route = (match: object): object => ({ httpRoute: { match: { prefix: '/', ...match }, action: weighted } });
const gatewayRoute = (match: object, rewrite: object = {}): object => ({ httpRoute: { match, action: { target, rewrite } } });
const logging = (format: object): object => ({ listeners: [], logging: { accessLog: { file: { path: '/dev/stdout', format } } } });
const matching = (match: { readonly [member: string]: Json }): Json => bootstrapOf({ chains: [chainOf({ match })] });
const acting = (action: { readonly [member: string]: Json }): Json => bootstrapOf({ chains: [chainOf({ action })] });
const hosts = (...domains: string[]): Json => bootstrapOf({ chains: [chainOf({ domains })] });
const logs = (logFormat: Json): Json => bootstrapOf({ chains: [chainOf({ logFormat })] });

const regexes: readonly (readonly [string, string, RegExp])[] = [
  ['with look-ahead', '(?=a)', /invalid perl operator: \(\?=/],
  ['with a back reference', '(a)\\1', /invalid escape sequence: \\1/],
  ['with an open group', '(', /missing \)/],
  ['with a reversed range', '[z-a]', /invalid character class range/],
  ['with a repetition past 1,000', 'a{2000}', /invalid repetition size/],
  ['with repetitions past 1,000 in all', '((a{30}){30}){3}', /invalid repetition size/],
  ['of more than 1,000 steps', '(?:[acegikmo]{30}){30}', /max program size|program size of \d+/i],
  ['with a character beyond Latin-1', '\\x{100}', /invalid escape sequence/],
  ['with an octal beyond Latin-1', '\\400', /invalid escape sequence/],
  ['with a class that RE2 does not know', '\\p{LC}', /invalid character class range/],
];

const formats: readonly (readonly [string, string, RegExp])[] = [
  ['with an unknown operator', '%NOPE%', /Not supported field in StreamInfo: NOPE/],
  ['with an operator in lower case', '%protocol%', /Couldn't find valid command at position 0/],
  ['with a lone percent sign', '50% off', /Couldn't find valid command at position 2/],
  ['with an operator that lacks its parameters', '%REQ%', /REQ requires parameters/],
  ['with parameters too many', '%PROTOCOL(a)%', /PROTOCOL does not take any parameters/],
];

const NO_CONTROL = /value does not match regex pattern/;
const NEVER = 'no request has it, so that the route would never match';

function withLineBreak(name: string, value: string): readonly Refusal[] {
  const inRoute = (what: string, match: object, field: string, envoy: Json, envoySays?: RegExp): Refusal => ({
    what: `${name} in ${what}`,
    kind: 'route',
    spec: route(match),
    field: `spec.httpRoute.match.${field}`,
    envoy,
    ...(envoySays === undefined ? { because: NEVER } : { envoySays }),
  });
  const inGatewayRoute = (what: string, spec: object, field: string, envoy: Json): Refusal => {
    return { what: `${name} in ${what}`, kind: 'gatewayRoute', spec, field: `spec.httpRoute.${field}`, envoy, envoySays: NO_CONTROL };
  };
  const headers = [{ name: value }];
  return [
    inRoute(
      'the name of a header',
      { headers },
      'headers[0].name',
      matching({ headers: [{ name: value, present_match: true }] }),
      NO_CONTROL,
    ),
    inRoute(
      'the value of a header',
      { headers: [{ name: 'h', match: { exact: value } }] },
      'headers[0].match.exact',
      matching({ headers: [{ name: 'h', string_match: { exact: value } }] }),
    ),
    inRoute('a prefix', { prefix: value }, 'prefix', matching({ prefix: value })),
    inRoute('a path', { path: { exact: value } }, 'path.exact', matching({ path: value })),
    inRoute(
      'a query parameter',
      { queryParameters: [{ name: value }] },
      'queryParameters[0].name',
      matching({ query_parameters: [{ name: value, present_match: true }] }),
    ),
    inGatewayRoute('a host', gatewayRoute({ hostname: { exact: value } }), 'match.hostname.exact', hosts(value)),
    inGatewayRoute('the end of a host', gatewayRoute({ hostname: { suffix: value } }), 'match.hostname.suffix', hosts(`*${value}`)),
    inGatewayRoute(
      'a rewritten prefix',
      gatewayRoute({ prefix: '/' }, { prefix: { value } }),
      'action.rewrite.prefix.value',
      acting({ prefix_rewrite: value }),
    ),
    inGatewayRoute(
      'a rewritten path',
      gatewayRoute({ path: { exact: '/' } }, { path: { exact: value } }),
      'action.rewrite.path.exact',
      acting({ regex_rewrite: { pattern: { regex: '.*' }, substitution: value } }),
    ),
    {
      what: `${name} in a rewritten host`,
      kind: 'gatewayRoute',
      spec: { httpRoute: { match: { prefix: '/' }, action: { target: { virtualService: { virtualServiceName: value } } } } },
      field: 'spec.httpRoute.action.target.virtualService.virtualServiceName',
      envoy: acting({ host_rewrite_literal: value }),
      envoySays: NO_CONTROL,
    },
    {
      what: `${name} in a DNS name`,
      kind: 'virtualNode',
      spec: { serviceDiscovery: { dns: { hostname: value } } },
      field: 'spec.serviceDiscovery.dns.hostname',
      envoy: bootstrapOf({ clusters: [dnsCluster(value)] }),
      because: 'no DNS name has it, so that the node would never be found',
    },
    healthPath(`${name} in the path of a health check`, value, NO_CONTROL),
  ];
}

function healthPath(what: string, path: string, envoySays: RegExp): Refusal {
  const healthCheck = { healthyThreshold: 2, intervalMillis: 5000, path, protocol: 'http', timeoutMillis: 2000, unhealthyThreshold: 2 };
  return {
    what,
    kind: 'virtualGateway',
    spec: { listeners: [{ portMapping: { port: 1, protocol: 'http' }, healthCheck }] },
    field: 'spec.listeners[0].healthCheck.path',
    envoy: bootstrapOf({ clusters: [checkedCluster(path)] }),
    envoySays,
  };
}

const certificate = { sds: { secretName: '' } };

/** One row for each class of values that the API refuses because of Envoy. */
export const refusals: readonly Refusal[] = [
  ...regexes.map(
    ([how, regex, envoySays]): Refusal => ({
      what: `a path regex ${how}`,
      kind: 'gatewayRoute',
      spec: gatewayRoute({ path: { regex } }),
      field: 'spec.httpRoute.match.path.regex',
      envoy: matching({ safe_regex: { regex } }),
      envoySays,
    }),
  ),
  {
    what: 'a header regex with look-ahead',
    kind: 'route',
    spec: route({ headers: [{ name: 'h', match: { regex: '(?=a)' } }] }),
    field: 'spec.httpRoute.match.headers[0].match.regex',
    envoy: matching({ headers: [{ name: 'h', string_match: { safe_regex: { regex: '(?=a)' } } }] }),
    envoySays: /invalid perl operator: \(\?=/,
  },
  ...formats.map(
    ([how, text, envoySays]): Refusal => ({
      what: `a log format ${how}`,
      kind: 'virtualGateway',
      spec: logging({ text }),
      field: 'spec.logging.accessLog.file.format.text',
      envoy: logs({ text_format_source: { inline_string: text } }),
      envoySays,
    }),
  ),
  {
    what: 'a JSON log format with an unknown operator',
    kind: 'virtualNode',
    spec: logging({ json: [{ key: 'k', value: '%NOPE%' }] }),
    field: 'spec.logging.accessLog.file.format.json[0].value',
    envoy: logs({ json_format: { k: '%NOPE%' } }),
    envoySays: /Not supported field in StreamInfo: NOPE/,
  },
  ...withLineBreak('LF', '/a\nb/'),
  // Envoy has one rule for all three: that it has it is seen on two of the places.
  ...[...withLineBreak('CR', '/a\rb/'), ...withLineBreak('NUL', '/a\0b/')].filter(({ what }) => /of a header|in a host/.test(what)),
  healthPath('the empty path of a health check', '', /Path: value length must be at least 1/),
  healthPath('another control character in the path of a health check', '/\u0001', NO_CONTROL),
  {
    what: 'the empty name of a query parameter',
    kind: 'route',
    spec: route({ queryParameters: [{ name: '' }] }),
    field: 'spec.httpRoute.match.queryParameters[0].name',
    envoy: matching({ query_parameters: [{ name: '', present_match: true }] }),
    envoySays: /Name: value length must be at least 1/,
  },
  {
    what: 'a name of a query parameter of more than 1,024 bytes',
    kind: 'route',
    spec: route({ queryParameters: [{ name: 'é'.repeat(513) }] }),
    field: 'spec.httpRoute.match.queryParameters[0].name',
    envoy: matching({ query_parameters: [{ name: 'é'.repeat(513), present_match: true }] }),
    envoySays: /Name: value length must be at most 1024 bytes/,
  },
  {
    what: 'an empty DNS name',
    kind: 'virtualNode',
    spec: { serviceDiscovery: { dns: { hostname: '' } } },
    field: 'spec.serviceDiscovery.dns.hostname',
    envoy: bootstrapOf({ clusters: [dnsCluster('')] }),
    envoySays: /Address: value length must be at least 1/,
  },
  {
    what: 'an empty secret name',
    kind: 'virtualGateway',
    spec: { listeners: [{ portMapping: { port: 1, protocol: 'http' }, tls: { mode: 'STRICT', certificate } }] },
    field: 'spec.listeners[0].tls.certificate.sds.secretName',
    envoy: bootstrapOf({ clusters: [secretCluster('')] }),
    envoySays: /Name: value length must be at least 1/,
  },
  {
    what: 'two listeners on one port',
    kind: 'virtualGateway',
    spec: { listeners: Array(2).fill({ portMapping: { port: 80, protocol: 'http' } }) },
    field: 'spec.listeners[1].portMapping.port',
    envoy: bootstrapOf({ chains: [chainOf({ port: 80 }), chainOf({ port: 80 })] }),
    envoySays: /has the same matching rules defined as|chain 80/,
  },
  {
    what: 'virtual services that differ in upper and lower case only',
    kind: 'virtualService',
    names: ['a.local', 'A.Local'],
    field: 'VirtualService with name a.local',
    envoy: hosts('a.local', 'A.Local'),
    envoySays: /Only unique values for domains are permitted/,
  },
  ...['a b', 'a*b', '*a*'].map(
    (name): Refusal => ({
      what: `a virtual service named ${name}`,
      kind: 'virtualService',
      names: [name],
      field: 'virtualServiceName',
      envoy: hosts(name),
      because: 'Envoy takes it for the text of a host, which no request names',
    }),
  ),
  {
    what: 'a host with a wildcard',
    kind: 'gatewayRoute',
    spec: gatewayRoute({ hostname: { exact: 'www.*' } }),
    field: 'spec.httpRoute.match.hostname.exact',
    envoy: hosts('www.*'),
    because: 'Envoy takes it for every host that begins so, where one exact host was asked for',
  },
  {
    what: 'a prefix that does not begin with a slash',
    kind: 'route',
    spec: route({ prefix: 'a' }),
    field: 'spec.httpRoute.match.prefix',
    envoy: matching({ prefix: 'a' }),
    because: 'every path begins with a slash, so that the route would never match; the API model says in words that it must',
  },
  {
    what: 'a range that ends before it starts',
    kind: 'route',
    spec: route({ headers: [{ name: 'h', match: { range: { start: 2, end: 1 } } }] }),
    field: 'spec.httpRoute.match.headers[0].match.range.end',
    envoy: matching({ headers: [{ name: 'h', range_match: { start: 2, end: 1 } }] }),
    because: 'no number is in it, so that the route would never match',
  },
];
