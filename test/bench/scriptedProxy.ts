import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { Cluster_DiscoveryType, ClusterSchema } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import { type Listener, ListenerSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_pb.js';
import { HttpConnectionManagerSchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import {
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
} from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

type Stream = ClientDuplexStream<DiscoveryRequest, DiscoveryResponse>;

/** A proxy that asks and acknowledges as an Envoy does in the state-of-the-world protocol, on a connection of its own, and does nothing with the answers. */
export class ScriptedProxy {
  readonly #client: Client;
  readonly #stream: Stream;
  readonly #nodeId: string;
  /** Type → resource names asked for. */
  readonly #names = new Map<string, readonly string[]>();
  #nodeSent = false;

  /** @param onFailure called once when the stream ends before `close`. */
  constructor(target: string, nodeId: string, onFailure: (error: Error) => void) {
    this.#nodeId = nodeId;
    // grpc-js shares one connection between clients of one target unless told otherwise.
    this.#client = new Client(target, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    this.#stream = this.#client.makeBidiStreamRequest(
      METHOD,
      (request: DiscoveryRequest) => Buffer.from(toBinary(DiscoveryRequestSchema, request)),
      (bytes) => fromBinary(DiscoveryResponseSchema, bytes),
    );
    this.#stream.on('data', (response: DiscoveryResponse) => this.#answer(response));
    this.#stream.on('error', onFailure);
    this.#stream.on('end', () => onFailure(new Error(`The stream of ${nodeId} has ended`)));
    this.#ask(CLUSTER_TYPE, []);
  }

  close(): void {
    this.#stream.removeAllListeners('error').on('error', () => {}); // its cancelling is told as an error
    this.#stream.removeAllListeners('end').cancel();
    this.#client.close();
  }

  #answer(response: DiscoveryResponse): void {
    const { typeUrl, versionInfo, nonce } = response;
    this.#send({ typeUrl, versionInfo, responseNonce: nonce, resourceNames: [...(this.#names.get(typeUrl) ?? [])] });
    if (typeUrl === CLUSTER_TYPE) {
      this.#ask(ENDPOINT_TYPE, endpointNames(response));
      this.#ask(LISTENER_TYPE, []);
    } else if (typeUrl === LISTENER_TYPE) this.#ask(ROUTE_TYPE, routeNames(response));
  }

  /** Asks for resources by name, or with no name for all; what was asked for already is not asked for again. */
  #ask(typeUrl: string, names: readonly string[]): void {
    const before = this.#names.get(typeUrl);
    const wildcard = typeUrl === CLUSTER_TYPE || typeUrl === LISTENER_TYPE;
    if (before?.join() === names.join() || (before === undefined && names.length === 0 && !wildcard)) return;
    this.#names.set(typeUrl, names);
    this.#send({ typeUrl, versionInfo: '', responseNonce: '', resourceNames: [...names] });
  }

  #send(request: {
    readonly typeUrl: string;
    readonly versionInfo: string;
    readonly responseNonce: string;
    readonly resourceNames: string[];
  }): void {
    const node = { id: this.#nodeId, cluster: 'bench', userAgentName: 'envoy' };
    this.#stream.write(create(DiscoveryRequestSchema, this.#nodeSent ? request : { ...request, node }));
    this.#nodeSent = true;
  }
}

function endpointNames({ resources }: DiscoveryResponse): readonly string[] {
  return resources.flatMap((resource) => {
    const cluster = anyUnpack(resource, ClusterSchema);
    const { case: kind, value } = cluster?.clusterDiscoveryType ?? {};
    if (cluster === undefined || kind !== 'type' || value !== Cluster_DiscoveryType.EDS) return [];
    return [cluster.edsClusterConfig?.serviceName || cluster.name];
  });
}

function routeNames({ resources }: DiscoveryResponse): readonly string[] {
  const listeners = resources.flatMap((resource) => anyUnpack(resource, ListenerSchema) ?? []);
  return [...new Set(listeners.flatMap(routeNamesOf))].toSorted();
}

function routeNamesOf({ filterChains, defaultFilterChain }: Listener): readonly string[] {
  const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
  return chains.flatMap(({ filters }) =>
    filters.flatMap(({ configType }) => {
      const manager = configType.case === 'typedConfig' ? anyUnpack(configType.value, HttpConnectionManagerSchema) : undefined;
      return manager?.routeSpecifier.case === 'rds' ? [manager.routeSpecifier.value.routeConfigName] : [];
    }),
  );
}
