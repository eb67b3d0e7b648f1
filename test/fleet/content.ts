import { createRegistry, type DescMessage, fromJson, type JsonObject } from '@bufbuild/protobuf';
import { CLUSTER_TYPE, encode, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { ClusterSchema } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_pb.js';
import { file_envoy_extensions_access_loggers_file_v3_file } from '@meshwright/envoy-api/gen/envoy/extensions/access_loggers/file/v3/file_pb.js';
import { file_envoy_extensions_filters_http_router_v3_router } from '@meshwright/envoy-api/gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import { file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager } from '@meshwright/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { file_envoy_extensions_transport_sockets_tls_v3_tls } from '@meshwright/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import {
  type ContentHash,
  contentHash,
  type MeshSnapshot,
  partSourceKey,
  type Source,
  sourceKey,
  type TypeSnapshot,
  typeVersion,
} from '@meshwright/snapshot';

/** Mesh and proxy of the hand-made content. */
export const MESH = '123456789012/apps';
export const PROXY = 'virtualNode/a';

const registry = createRegistry(
  file_envoy_extensions_access_loggers_file_v3_file,
  file_envoy_extensions_filters_http_router_v3_router,
  file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager,
  file_envoy_extensions_transport_sockets_tls_v3_tls,
);
const SCHEMAS: readonly (readonly [string, DescMessage])[] = [
  [CLUSTER_TYPE, ClusterSchema],
  [LISTENER_TYPE, ListenerSchema],
  [ROUTE_TYPE, RouteConfigurationSchema],
];

/** An address of this machine, with any free port. */
export const ANY_LOOPBACK: JsonObject = { socket_address: { address: '127.0.0.1', port_value: 0 } };

const ROUTER = { name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } };

/** A connection manager with the routes of this content. */
export function connectionManager(more: JsonObject = {}): JsonObject {
  return {
    name: 'http',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'egress',
      rds: { route_config_name: 'rds_egress_http_8080', config_source: { ads: {}, resource_api_version: 'V3' } },
      http_filters: [ROUTER],
      ...more,
    },
  };
}

/** A filter chain. */
export function chain(...filters: readonly JsonObject[]): JsonObject {
  return { filters: [...filters] };
}

/** A listener on a free port. */
export function listener(name: string): JsonObject {
  return { name, address: ANY_LOOPBACK, filter_chains: [chain(connectionManager())] };
}

/** A virtual host, which is named as its virtual service. */
export function virtualHost(name: string, domains: readonly string[], ...routes: readonly JsonObject[]): JsonObject {
  return { name, domains: [...domains], routes: [...routes] };
}

const GOOD: ReadonlyMap<string, JsonObject> = new Map([
  [
    CLUSTER_TYPE,
    { name: 'c', type: 'STATIC', connect_timeout: '1s', load_assignment: { cluster_name: 'c', endpoints: [] } } satisfies JsonObject,
  ],
  [LISTENER_TYPE, listener('lds_egress_0.0.0.0_15001')],
  [ROUTE_TYPE, { name: 'rds_egress_http_8080', virtual_hosts: [virtualHost('b.local', ['b.local'])] }],
]);

/** Where what is published here is said to come from, as the compiler says it. */
const SOURCES: Readonly<Record<string, Source>> = {
  c: { resource: '', pointer: '' },
  cds_egress_apps_b_http_8080: { resource: 'virtualNode/b', pointer: '/listeners/0' },
  'lds_egress_0.0.0.0_15001': { resource: 'virtualNode/a', pointer: '/backends' },
  'lds_ingress_0.0.0.0_15000': { resource: 'virtualNode/a', pointer: '/listeners' },
  rds_egress_http_8080: { resource: 'virtualNode/a', pointer: '/backends' },
};

const PART_SOURCES: readonly (readonly [string, Source])[] = [
  [partSourceKey(ROUTE_TYPE, 'rds_egress_http_8080', 'virtualHosts', 'b.local'), { resource: 'virtualService/b.local', pointer: '' }],
  [
    partSourceKey(ROUTE_TYPE, 'rds_egress_http_8080', 'routes', 'router/good'),
    { resource: 'virtualRouter/router/route/good', pointer: '' },
  ],
  [partSourceKey(ROUTE_TYPE, 'rds_egress_http_8080', 'routes', 'router/bad'), { resource: 'virtualRouter/router/route/bad', pointer: '' }],
];

/** What is published beside the good content; of routes, instead of it. */
export interface Addition {
  readonly type: string;
  readonly resource: JsonObject;
}

/** Content that Envoy takes; with a fault, content that it does not. */
export function snapshotOf(revision: bigint, fault?: Addition): MeshSnapshot {
  const resources = new Map<ContentHash, Uint8Array>();
  const sources = new Map<string, Source>(PART_SOURCES);
  const types = new Map(
    SCHEMAS.map(([typeUrl, schema]): [string, TypeSnapshot] => {
      const references = new Map(
        contentsOf(typeUrl, fault).map((content): [string, ContentHash] => {
          const name = String(content.name);
          const bytes = encode(schema, fromJson(schema, content, { registry }));
          const hash = contentHash(bytes);
          resources.set(hash, bytes);
          sources.set(sourceKey(typeUrl, name), SOURCES[name] ?? { resource: '', pointer: '' });
          return [name, hash];
        }),
      );
      return [typeUrl, { version: typeVersion(references), references }];
    }),
  );
  const proxies = new Map([[PROXY, { types, endpointQueries: new Map(), sources }]]);
  return { mesh: MESH, version: { epoch: 1, n: revision, build: 1 }, resources, proxies };
}

function contentsOf(typeUrl: string, fault: Addition | undefined): readonly JsonObject[] {
  const good = GOOD.get(typeUrl);
  if (good === undefined) return [];
  if (fault === undefined || fault.type !== typeUrl) return [good];
  return typeUrl === ROUTE_TYPE ? [fault.resource] : [good, fault.resource];
}
