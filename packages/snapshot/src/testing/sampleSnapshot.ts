import { contentHash, typeVersion } from '../hash.ts';
import type { CarriedOver, ContentHash, MeshSnapshot, ProxySnapshot, SnapshotVersion } from '../snapshot.ts';

/** What makes one sample snapshot differ from another. */
export interface SampleOptions {
  /** Default `123456789012/apps`. */
  readonly mesh?: string;
  /** Default epoch 1, n 1, build 1. */
  readonly version?: Partial<SnapshotVersion>;
  /** Text that makes the content another one. Default `a`. */
  readonly content?: string;
  /** How many proxies. Default 2. */
  readonly proxies?: number;
  /** Proxies that kept what they had. Default none. */
  readonly carriedOver?: ReadonlyMap<string, CarriedOver>;
}

const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const ROUTE = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';

/** A small, consistent snapshot for tests; its resources are text, since nothing below the compiler reads them. */
export function sampleSnapshot(options: SampleOptions = {}): MeshSnapshot {
  const { mesh = '123456789012/apps', version = {}, content = 'a', proxies = 2, carriedOver } = options;
  const resources = new Map<ContentHash, Uint8Array>();
  const add = (text: string): ContentHash => {
    const bytes = new TextEncoder().encode(text);
    const hash = contentHash(bytes);
    resources.set(hash, bytes);
    return hash;
  };
  const cluster = add(`cluster ${content}`);
  const names = Array.from({ length: proxies }, (_, number) => `node${number}`);
  return {
    mesh,
    version: { epoch: 1, n: 1n, build: 1, ...version },
    proxies: new Map(names.map((name) => [`virtualNode/${name}`, sampleProxy(name, cluster, add(`route of ${name} ${content}`))])),
    resources,
    ...(carriedOver && { carriedOver }),
  };
}

function sampleProxy(name: string, cluster: ContentHash, route: ContentHash): ProxySnapshot {
  const clusters = new Map([['backend', cluster]]);
  const routes = new Map([['egress', route]]);
  return {
    types: new Map([
      [ROUTE, { version: typeVersion(routes), references: routes }],
      [CLUSTER, { version: typeVersion(clusters), references: clusters }],
    ]),
    endpointQueries: new Map([['backend', { namespace: 'apps.local', service: name }]]),
    sources: new Map([[`${ROUTE}/egress`, { resource: 'virtualRouter/r/route/r', pointer: '/httpRoute' }]]),
  };
}
