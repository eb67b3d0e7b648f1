import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { ClusterSchema } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '@meshwright/envoy-api/gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_pb.js';
import type { VirtualHost } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_components_pb.js';
import { RouteConfigurationSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_pb.js';
import { DiscoveryResponseSchema } from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';
import type { EndpointSource } from '@meshwright/relay';
import { type ContentHash, contentHash, type MeshSnapshot, type ProxySnapshot, type TypeSnapshot, typeVersion } from '@meshwright/snapshot';

/** Mesh that the relay under test serves. */
export const MESH = '123456789012/bench';

/** Name of the proxy that has a content set. */
export function proxyName(set: number): string {
  return `virtualNode/node-${set}`;
}

/** The encoded responses that the peer wrote, by type. */
export type Dump = Readonly<Record<'cds' | 'eds' | 'lds' | 'rds', Buffer>>;

/** Reads what the peer's `-dump` wrote into a folder. */
export async function readDump(folder: string): Promise<Dump> {
  const [cds, eds, lds, rds] = await Promise.all(['cds', 'eds', 'lds', 'rds'].map((type) => readFile(join(folder, `${type}.bin`))));
  return { cds, eds, lds, rds } as Dump;
}

/** The peer's content as snapshots of our own: byte for byte for one set, with names of equal length for those beyond it. */
export class BenchContent {
  readonly #sets: readonly ContentSet[];
  #n = 0n;

  constructor(dump: Dump, sets: number) {
    this.#sets = Array.from({ length: sets }, (_, set) => new ContentSet(renamed(dump, set)));
  }

  /** The next version, in which one weighted route of every set leads elsewhere and is named after `marker`. */
  change(marker: string): MeshSnapshot {
    this.#n += 1n;
    const resources = new Map<ContentHash, Uint8Array>();
    const proxies = this.#sets.map((set, at) => [proxyName(at), set.proxy(resources, marker, Number(this.#n % 100n))] as const);
    return { mesh: MESH, version: { epoch: 1, n: this.#n, build: 1 }, resources, proxies: new Map(proxies) };
  }

  /** The load assignments, which never change. */
  get endpoints(): EndpointSource {
    const known = new Map(this.#sets.flatMap(({ assignments }) => [...assignments]));
    return { current: (cluster) => known.get(cluster), subscribe: () => () => {} };
  }
}

/** The peer writes set 0 alone; names of the others differ from it in three letters, so that sizes are equal. */
function renamed(dump: Dump, set: number): Dump {
  if (set === 0) return dump;
  const name = `s${String(set).padStart(2, '0')}-`;
  const rename = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replaceAll('svc-', name), 'latin1');
  return { cds: rename(dump.cds), eds: rename(dump.eds), lds: dump.lds, rds: rename(dump.rds) };
}

class ContentSet {
  readonly #bodies = new Map<ContentHash, Uint8Array>();
  readonly #clusters: TypeSnapshot;
  readonly #listeners: TypeSnapshot;
  readonly #routes: Routes;
  readonly assignments: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly version: ContentHash }>;

  constructor(dump: Dump) {
    this.#clusters = this.#type(named(dump.cds, (value) => fromBinary(ClusterSchema, value).name));
    this.#listeners = this.#type(named(dump.lds, (value) => fromBinary(ListenerSchema, value).name));
    this.#routes = new Routes(dump.rds);
    const assignments = named(dump.eds, (value) => fromBinary(ClusterLoadAssignmentSchema, value).clusterName);
    this.assignments = new Map(assignments.map(([name, bytes]) => [name, { bytes, version: contentHash(bytes) }]));
  }

  proxy(resources: Map<ContentHash, Uint8Array>, marker: string, weight: number): ProxySnapshot {
    const bytes = this.#routes.encode(marker, weight);
    const hash = contentHash(bytes);
    for (const [known, body] of [...this.#bodies, [hash, bytes] as const]) resources.set(known, body);
    const references = new Map([[this.#routes.name, hash]]);
    const types = new Map([
      [CLUSTER_TYPE, this.#clusters],
      [LISTENER_TYPE, this.#listeners],
      [ROUTE_TYPE, { version: typeVersion(references), references }],
    ]);
    const endpointQueries = new Map(Array.from(this.assignments.keys(), (service) => [service, { service }]));
    return { types, endpointQueries, sources: new Map() };
  }

  #type(contents: readonly (readonly [string, Uint8Array])[]): TypeSnapshot {
    const references = new Map(
      contents.map(([name, bytes]) => {
        const hash = contentHash(bytes);
        this.#bodies.set(hash, bytes);
        return [name, hash];
      }),
    );
    return { version: typeVersion(references), references };
  }
}

/** One route configuration, of which the first virtual host changes: the rest is encoded once, as a compiler would keep it. */
class Routes {
  readonly name: string;
  readonly #first: VirtualHost;
  readonly #rest: Uint8Array;

  constructor(response: Buffer) {
    const [resource] = fromBinary(DiscoveryResponseSchema, response).resources;
    const { name, virtualHosts } = fromBinary(RouteConfigurationSchema, resource?.value ?? new Uint8Array());
    const [first, ...rest] = virtualHosts;
    if (first === undefined) throw new Error('the peer has written a route configuration without a virtual host');
    this.name = name;
    this.#first = first;
    this.#rest = toBinary(RouteConfigurationSchema, create(RouteConfigurationSchema, { virtualHosts: rest }));
  }

  /** @param weight of the first target, 0 to 100; the second has the rest. */
  encode(marker: string, weight: number): Uint8Array {
    const [route] = this.#first.routes;
    if (route?.action.case !== 'route' || route.action.value.clusterSpecifier.case !== 'weightedClusters')
      throw new Error('the peer has written a first route without weighted clusters');
    route.name = marker;
    const { clusters } = route.action.value.clusterSpecifier.value;
    for (const [at, cluster] of clusters.entries()) if (cluster.weight !== undefined) cluster.weight = at === 0 ? weight : 100 - weight;
    const head = toBinary(RouteConfigurationSchema, create(RouteConfigurationSchema, { name: this.name, virtualHosts: [this.#first] }));
    // Encoded messages one after the other are their union.
    const value = Buffer.concat([head, this.#rest]);
    return toBinary(AnySchema, create(AnySchema, { typeUrl: ROUTE_TYPE, value }));
  }
}

/** The resources of an encoded response as `google.protobuf.Any`, by name. */
function named(response: Buffer, nameOf: (value: Uint8Array) => string): readonly (readonly [string, Uint8Array])[] {
  return fromBinary(DiscoveryResponseSchema, response).resources.map((resource) => [nameOf(resource.value), toBinary(AnySchema, resource)]);
}
