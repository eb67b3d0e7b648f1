import type { DescMessage } from '@bufbuild/protobuf';
import { CLUSTER_TYPE, encode, type Init, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { Cluster_DiscoveryType, ClusterSchema } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@meshwright/envoy-api/gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_pb.js';
import type { EndpointSource } from '@meshwright/relay';
import { type ContentHash, contentHash, type MeshSnapshot, type TypeSnapshot, typeVersion } from '@meshwright/snapshot';
import { MESH, PROXY } from '../handMadeMesh.ts';

/** Resource name → what varies in it. */
type Contents = Readonly<Record<string, string>>;

/** What a proxy gets; every cluster has endpoints. */
export interface ProxyContent {
  readonly clusters: Contents;
  readonly listeners: Contents;
  readonly routes: Contents;
}

/** One listener with its routes and three clusters. */
export const FIRST: ProxyContent = { clusters: { a: '1', b: '1', c: '1' }, listeners: { in: '1' }, routes: { r: '1' } };

/** The snapshot of one proxy, of messages that Envoy's own classes read. */
export function snapshotOf(n: number, { clusters, listeners, routes }: ProxyContent): MeshSnapshot {
  const resources = new Map<ContentHash, Uint8Array>();
  const type = <Desc extends DescMessage>(
    schema: Desc,
    contents: Contents,
    init: (name: string, content: string) => Init<Desc>,
  ): TypeSnapshot => {
    const references = new Map(
      Object.entries(contents).map(([name, content]): [string, ContentHash] => {
        const bytes = encode(schema, init(name, content));
        const hash = contentHash(bytes);
        resources.set(hash, bytes);
        return [name, hash];
      }),
    );
    return { version: typeVersion(references), references };
  };
  const clusterType = { case: 'type', value: Cluster_DiscoveryType.EDS } as const;
  const types = new Map([
    [CLUSTER_TYPE, type(ClusterSchema, clusters, (name, altStatName) => ({ name, altStatName, clusterDiscoveryType: clusterType }))],
    [LISTENER_TYPE, type(ListenerSchema, listeners, (name, statPrefix) => ({ name, statPrefix }))],
    [ROUTE_TYPE, type(RouteConfigurationSchema, routes, (name, header) => ({ name, internalOnlyHeaders: [header] }))],
  ]);
  const endpointQueries = new Map(Object.keys(clusters).map((name) => [name, { service: name }]));
  const proxy = { types, endpointQueries, sources: new Map() };
  return { mesh: MESH, version: { epoch: 1, n: BigInt(n), build: 1 }, resources, proxies: new Map([[PROXY, proxy]]) };
}

/** Endpoints of every cluster, whatever its name. */
export const endpoints: EndpointSource = {
  current(clusterName) {
    const bytes = encode(ClusterLoadAssignmentSchema, { clusterName });
    return { bytes, version: contentHash(bytes) };
  },
  subscribe: () => () => {},
};
