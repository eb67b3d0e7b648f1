import { createRegistry, type DescMessage, fromJson, type JsonObject, type MessageShape, type Registry } from '@bufbuild/protobuf';
import { CLUSTER_TYPE, encode, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { ClusterSchema } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@meshwright/envoy-api/gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_pb.js';
import { file_envoy_extensions_filters_http_router_v3_router } from '@meshwright/envoy-api/gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import { file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager } from '@meshwright/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { type ContentHash, contentHash, type MeshSnapshot, type TypeSnapshot, typeVersion } from '@meshwright/snapshot';

/** Mesh and proxy of the hand-made snapshots. */
export const MESH = '123456789012/hand-made';
export const PROXY = 'virtualNode/app';

const registry: Registry = createRegistry(
  file_envoy_extensions_filters_http_router_v3_router,
  file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager,
);

/** What varies between the versions a test publishes. */
export interface HandMade {
  readonly n: number;
  /** Where the STATIC cluster `fixed` leads; absent: there is no such cluster. */
  readonly fixedPort?: number;
  /** Connect timeout of the EDS cluster `discovered`. */
  readonly timeout?: string;
  /** Path by which the endpoints of `discovered` are asked whether they are well; they are not asked unless told. */
  readonly healthPath?: string;
  /** Whether there is the EDS cluster `discovered`; true. */
  readonly isDiscovered?: boolean;
  /** Cluster that the one route leads to. */
  readonly routeTo: 'fixed' | 'discovered';
  /** Stat prefix of the listener `in`, to change it; `in`. */
  readonly statPrefix?: string;
  /** Route configuration the listener asks for; `routes`. */
  readonly asksFor?: string;
  /** Name of the one route configuration there is; `routes`. */
  readonly routesName?: string;
  /** Adds a listener that Envoy refuses, for it has no filter chain. */
  readonly hasBadListener?: boolean;
  /** Size the route configuration is brought to. */
  readonly paddingBytes?: number;
}

/** A snapshot with one listener, one route configuration, a STATIC and an EDS cluster. */
export function handMadeSnapshot(made: HandMade): MeshSnapshot {
  const { n, fixedPort, isDiscovered = true, hasBadListener = false } = made;
  const resources = new Map<ContentHash, Uint8Array>();
  const type = (schema: DescMessage, contents: readonly JsonObject[]): TypeSnapshot => {
    const references = new Map(
      contents.map((content): [string, ContentHash] => {
        const bytes = encoded(schema, content);
        const hash = contentHash(bytes);
        resources.set(hash, bytes);
        return [String(content.name), hash];
      }),
    );
    return { version: typeVersion(references), references };
  };
  const fixed =
    fixedPort === undefined
      ? []
      : [{ name: 'fixed', type: 'STATIC', connect_timeout: '1s', load_assignment: assignment('fixed', fixedPort) }];
  const types = new Map([
    [CLUSTER_TYPE, type(ClusterSchema, [...(isDiscovered ? [discovered(made)] : []), ...fixed])],
    [LISTENER_TYPE, type(ListenerSchema, [listener(made), ...(hasBadListener ? [BAD_LISTENER] : [])])],
    [ROUTE_TYPE, type(RouteConfigurationSchema, [routes(made)])],
  ]);
  const endpointQueries = new Map(isDiscovered ? [['discovered', { service: 'discovered' }]] : []);
  const proxy = { types, endpointQueries, sources: new Map() };
  return { mesh: MESH, version: { epoch: 1, n: BigInt(n), build: 1 }, resources, proxies: new Map([[PROXY, proxy]]) };
}

/** An encoded load assignment, as an endpoint source gives it. */
export function encodedAssignment(cluster: string, ...ports: readonly number[]): { readonly bytes: Uint8Array; readonly version: string } {
  const bytes = encoded(ClusterLoadAssignmentSchema, assignment(cluster, ...ports));
  return { bytes, version: contentHash(bytes) };
}

const ADS = { ads: {}, resource_api_version: 'V3' };

const LOOPBACK = { socket_address: { address: '127.0.0.1', port_value: 0 } };

const BAD_LISTENER: JsonObject = { name: 'bad', address: LOOPBACK };

const discovered = ({ timeout = '1s', healthPath }: HandMade): JsonObject => ({
  name: 'discovered',
  type: 'EDS',
  connect_timeout: timeout,
  eds_cluster_config: { eds_config: ADS },
  ...(healthPath !== undefined && {
    health_checks: [
      { timeout: '1s', interval: '0.1s', unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: { path: healthPath } },
    ],
    // Or a host that still answers would be kept, and sent requests, after it was removed.
    ignore_health_on_host_removal: true,
  }),
});

const listener = ({ statPrefix = 'in', asksFor = 'routes' }: HandMade): JsonObject => ({
  name: 'in',
  address: LOOPBACK,
  filter_chains: [
    {
      filters: [
        {
          name: 'hcm',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
            stat_prefix: statPrefix,
            rds: { route_config_name: asksFor, config_source: ADS },
            http_filters: [
              { name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } },
            ],
          },
        },
      ],
    },
  ],
});

const routes = ({ routeTo: cluster, routesName: name = 'routes', paddingBytes = 0 }: HandMade): JsonObject => ({
  name,
  internal_only_headers: paddingBytes === 0 ? [] : ['x'.repeat(paddingBytes)],
  virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] }],
});

const assignment = (cluster: string, ...ports: readonly number[]): JsonObject => ({
  cluster_name: cluster,
  endpoints: [
    { lb_endpoints: ports.map((port) => ({ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } })) },
  ],
});

function encoded<Desc extends DescMessage>(schema: Desc, content: JsonObject): Uint8Array {
  const message: MessageShape<Desc> = fromJson(schema, content, { registry });
  return encode(schema, message);
}
