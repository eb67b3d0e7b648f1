import type { JsonObject } from '@bufbuild/protobuf';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { type Addition, ANY_LOOPBACK, chain, connectionManager, listener, virtualHost } from './content.ts';

/** A mistake that no rule of ours or of Envoy's fields has: only an Envoy that tries to run it tells. */
export interface Fault extends Addition {
  readonly what: string;
  /** What Envoy says. */
  readonly says: RegExp;
  /** Where it comes from, as diagnostics tell: resource below the mesh, and field. */
  readonly resourcePath: string;
  readonly pointer: string;
}

const endpoint = (address: string): JsonObject => ({ endpoint: { address: { socket_address: { address, port_value: 1 } } } });
const assignment = (...addresses: readonly string[]): JsonObject => ({
  load_assignment: { cluster_name: 'b', endpoints: [{ lb_endpoints: addresses.map(endpoint) }] },
});

const cluster = (what: string, says: RegExp, more: JsonObject): Fault => ({
  what,
  type: CLUSTER_TYPE,
  resource: { name: 'cds_egress_apps_b_http_8080', connect_timeout: '1s', type: 'STATIC', ...assignment('127.0.0.1'), ...more },
  says,
  resourcePath: 'virtualNode/b',
  pointer: '/listeners/0',
});

const listening = (what: string, says: RegExp, more: JsonObject): Fault => ({
  what,
  type: LISTENER_TYPE,
  resource: { ...listener('lds_ingress_0.0.0.0_15000'), ...more },
  says,
  resourcePath: 'virtualNode/a',
  pointer: '/listeners',
});

const GOOD = { name: 'router/good', match: { prefix: '/good' }, route: { cluster: 'c' } };

const routing = (what: string, says: RegExp, bad: JsonObject, pointer: string): Fault => ({
  what,
  type: ROUTE_TYPE,
  resource: {
    name: 'rds_egress_http_8080',
    virtual_hosts: [virtualHost('other.local', ['other.local']), virtualHost('b.local', ['b.local'], GOOD, { name: 'router/bad', ...bad })],
  },
  says,
  resourcePath: 'virtualRouter/router/route/bad',
  pointer,
});

const hosts = (what: string, says: RegExp, where: Pick<Fault, 'resourcePath' | 'pointer'>, ...domains: readonly string[][]): Fault => ({
  what,
  type: ROUTE_TYPE,
  resource: {
    name: 'rds_egress_http_8080',
    virtual_hosts: [
      virtualHost('z.local', ['z.local']),
      ...domains.map((own, index) => virtualHost(['b.local', 'other.local'][index] ?? '', own)),
    ],
  },
  says,
  ...where,
});

const accessLog = (path: string, text: string): JsonObject => ({
  filter_chains: [
    chain(
      connectionManager({
        access_log: [
          {
            name: 'file',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
              path,
              log_format: { text_format_source: { inline_string: text } },
            },
          },
        ],
      }),
    ),
  ],
});

const trusting = (filename: string): JsonObject => ({
  transport_socket: {
    name: 'tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      common_tls_context: { validation_context: { trusted_ca: { filename } } },
    },
  },
});

const route = (cluster: string, more: JsonObject = {}): JsonObject => ({ route: { cluster, ...more } });

/** Twenty of them, over clusters, listeners and routes. */
export const faults: readonly Fault[] = [
  cluster('an address that is a name', /malformed IP address: not-an-address\.local/, assignment('not-an-address.local')),
  cluster('a ring with its bounds turned round', /minimum_ring_size \(2000\) > maximum_ring_size \(1000\)/, {
    lb_policy: 'RING_HASH',
    ring_hash_lb_config: { minimum_ring_size: '2000', maximum_ring_size: '1000' },
  }),
  cluster('a Maglev table that is not prime', /table size of maglev must be prime/, {
    lb_policy: 'MAGLEV',
    maglev_lb_config: { table_size: '1000' },
  }),
  cluster('live endpoints from nowhere', /cannot create an EDS cluster without an EDS config/, { type: 'EDS', load_assignment: null }),
  cluster('a policy that its type does not take', /LB policy ROUND_ROBIN is not valid for Cluster type ORIGINAL_DST/, {
    type: 'ORIGINAL_DST',
    load_assignment: null,
  }),
  cluster('a CA file that is not there', /Invalid path: \/nowhere\/ca\.pem/, trusting('/nowhere/ca.pem')),
  cluster('two hosts of a logical name', /LOGICAL_DNS clusters must have a single locality_lb_endpoint/, {
    type: 'LOGICAL_DNS',
    ...assignment('a.local', 'b.local'),
  }),
  cluster('a gRPC health check over HTTP/1', /must support HTTP\/2 for gRPC healthchecking/, {
    health_checks: [{ timeout: '1s', interval: '1s', unhealthy_threshold: 1, healthy_threshold: 1, grpc_health_check: {} }],
  }),
  listening('no filter chain', /no filter chains specified/, { filter_chains: [] }),
  listening('two filter chains for the same', /has the same matching rules defined/, {
    filter_chains: [chain(connectionManager()), chain(connectionManager())],
  }),
  listening('a filter that does not exist', /Didn't find a registered implementation for 'nope'/, {
    filter_chains: [chain({ name: 'nope' })],
  }),
  listening('an unknown log operator', /Not supported field in StreamInfo: NOPE/, accessLog('/dev/null', '%NOPE%')),
  listening('a log in a folder that is not there', /unable to open file '\/nowhere\/at\/all\.log'/, accessLog('/nowhere/at/all.log', 'x')),
  listening('an address of another machine', /cannot bind '203\.0\.113\.1:0'/, {
    address: { socket_address: { address: '203.0.113.1', port_value: 0 } },
  }),
  listening('a filter after the last', /terminal filter named .* must be the last filter/, {
    address: ANY_LOOPBACK,
    filter_chains: [chain(connectionManager(), connectionManager())],
  }),
  routing(
    'an expression that is not closed',
    /missing \): \/users\/\(open/,
    { match: { safe_regex: { regex: '/users/(open' } }, ...route('c') },
    '/httpRoute/match/path/regex',
  ),
  routing(
    'an unknown operator in a header',
    /Not supported field in StreamInfo: NOPE_AT_ALL/,
    { match: { prefix: '/h' }, ...route('c'), request_headers_to_add: [{ header: { key: 'x', value: '%NOPE_AT_ALL%' } }] },
    '',
  ),
  routing(
    'a line break in the name of a header',
    /value does not match regex pattern/,
    { match: { prefix: '/n', headers: [{ name: 'a\nb', present_match: true }] }, ...route('c') },
    '',
  ),
  hosts(
    'a domain of two virtual hosts',
    /Duplicate entry of domain c\.local/,
    { resourcePath: 'virtualService/b.local', pointer: '' },
    ['b.local', 'c.local'],
    ['other.local', 'c.local'],
  ),
  hosts(
    'two virtual hosts for every other domain',
    /Only a single wildcard domain is permitted/,
    { resourcePath: 'virtualNode/a', pointer: '/backends' },
    ['*'],
    ['*'],
  ),
];
