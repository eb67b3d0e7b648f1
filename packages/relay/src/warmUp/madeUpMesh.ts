import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import {
  type ContentHash,
  contentHash,
  type Head,
  type MeshSnapshot,
  type ProxySnapshot,
  type Published,
  type SnapshotStore,
  type TypeSnapshot,
  type TypeUrl,
  typeVersion,
} from '@meshwright/snapshot';
import type { EndpointSource } from '../ports.ts';
import { encodeEmptyAssignment } from '../wire/responses.ts';
import { bytesField, stringField } from '../wire/writer.ts';

/** No account has this name, so nothing real is ever taken for it. */
const MESH = 'warm-up/warm-up';
const PROXY = 'virtualNode/warm-up';
/** With their filling about what a proxy of a mesh of medium size gets. */
const CLUSTERS = 20;
const FILLING_BYTES = 1_000;

/** Names of the clusters with endpoints, which a proxy asks for. */
export const CLUSTER_NAMES: readonly string[] = Array.from({ length: CLUSTERS }, (_, index) => `cluster-${index}`);
/** Names of the route configurations, which a proxy asks for. */
export const ROUTE_NAMES: readonly string[] = ['routes'];

/** Who streams of the made-up mesh are admitted as. */
export const ADMITTED = { kind: 'proxy', mesh: MESH, proxy: PROXY } as const;

/** A mesh of one proxy that exists for as long as a relay warms up; its resources have the size of real ones and no meaning. */
export class MadeUpMesh implements SnapshotStore {
  #n = 1;
  #wake = Promise.withResolvers<void>();

  /** Publishes other routes. */
  change(): void {
    this.#n += 1;
    const woken = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    woken.resolve();
  }

  async head(): Promise<Head> {
    return this.#head;
  }

  async read(_mesh: string, { version }: Published): Promise<MeshSnapshot> {
    return snapshotOf(Number(version.n));
  }

  async publish(): Promise<'stale'> {
    return 'stale';
  }

  async *watch(signal: AbortSignal): AsyncIterable<readonly Head[]> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    while (!signal.aborted) {
      const { promise: changed } = this.#wake;
      yield [this.#head];
      await Promise.race([changed, aborted]);
    }
  }

  get #head(): Head {
    const key = String(this.#n);
    const latest: Published = { version: { epoch: 1, n: BigInt(this.#n), build: 1 }, key, content: key };
    return { mesh: MESH, rev: BigInt(this.#n), latest, serving: latest };
  }
}

/** Every cluster of it has endpoints, and always the same. */
export const MADE_UP_ENDPOINTS: EndpointSource = {
  current: (cluster) => ({ bytes: encodeEmptyAssignment(cluster), version: ENDPOINT_TYPE }),
  subscribe: () => () => {},
};

function snapshotOf(n: number): MeshSnapshot {
  const resources = new Map<ContentHash, Uint8Array>();
  const typeOf = (typeUrl: TypeUrl, names: readonly string[], content: string): [TypeUrl, TypeSnapshot] => {
    const references = new Map<string, ContentHash>();
    for (const name of names) {
      const filling = stringField(1, `${name} ${content}`.padEnd(FILLING_BYTES, '.'));
      const bytes = Buffer.concat([stringField(1, typeUrl), ...bytesField(2, filling)]);
      const hash = contentHash(bytes);
      resources.set(hash, bytes);
      references.set(name, hash);
    }
    return [typeUrl, { version: typeVersion(references), references }];
  };
  const proxy: ProxySnapshot = {
    types: new Map([
      typeOf(CLUSTER_TYPE, CLUSTER_NAMES, ''),
      typeOf(LISTENER_TYPE, ['ingress', 'egress'], ''),
      typeOf(ROUTE_TYPE, ROUTE_NAMES, String(n)),
    ]),
    endpointQueries: new Map(CLUSTER_NAMES.map((name) => [name, { service: name }])),
    sources: new Map(),
  };
  return { mesh: MESH, version: { epoch: 1, n: BigInt(n), build: 1 }, resources, proxies: new Map([[PROXY, proxy]]) };
}
