import {
  type Authenticate,
  createRelay,
  type EndpointSource,
  type ProxyStatusEvent,
  type Relay,
  type RelayParts,
  type RelaySettings,
  type Serving,
  type TlsSource,
  type TransportName,
} from '@meshwright/relay';
import type { EndpointQuery, MeshSnapshot, Published, SnapshotStore } from '@meshwright/snapshot';
import { MESH } from './handMadeMesh.ts';

/** Endpoints by cluster name, set by a test. */
export class TestEndpoints implements EndpointSource {
  readonly #known = new Map<string, { readonly bytes: Uint8Array; readonly version: string }>();
  readonly #listeners = new Set<(query: EndpointQuery) => void>();

  set(cluster: string, assignment: { readonly bytes: Uint8Array; readonly version: string }): void {
    this.#known.set(cluster, assignment);
    for (const listener of this.#listeners) listener({ service: cluster });
  }

  current(cluster: string) {
    return this.#known.get(cluster);
  }

  subscribe(listener: (query: EndpointQuery) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Events of a relay, to be awaited. */
export class EventLog {
  readonly events: ProxyStatusEvent[] = [];
  readonly #waiting = new Set<() => void>();

  readonly add = (event: ProxyStatusEvent): void => {
    this.events.push(event);
    for (const look of [...this.#waiting]) look();
  };

  ofKind<Kind extends ProxyStatusEvent['kind']>(kind: Kind) {
    return this.events.filter((event): event is Extract<ProxyStatusEvent, { kind: Kind }> => event.kind === kind);
  }

  /** Resolves once the events so far satisfy the condition. */
  async until(what: string, condition: (log: this) => boolean, millis = 20_000): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (condition(this)) resolve();
    };
    const told = (): string =>
      this.events.map((event) => `${event.kind} ${'typeUrl' in event ? event.typeUrl.split('.').at(-1) : ''}`).join(', ');
    const timer = setTimeout(() => reject(new Error(`waited ${millis} ms for: ${what}; events: ${told()}`)), millis);
    this.#waiting.add(look);
    look();
    await promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }
}

/** What is true of a relay is true of it over each. */
export const TRANSPORTS: readonly TransportName[] = ['http2', 'grpc-js'];

/** A relay on a loopback port that takes a node id for the proxy's name in the hand-made mesh. */
export async function startRelay(options: {
  readonly snapshots: SnapshotStore;
  readonly endpoints?: EndpointSource;
  readonly port?: number;
  /** Instead of a port of the loopback interface. */
  readonly address?: string;
  readonly settings?: Partial<RelaySettings>;
  /** Who speaks HTTP/2; the default otherwise. */
  readonly transport?: TransportName;
  readonly tls?: TlsSource;
  /** What health waits for. */
  readonly readiness?: Serving['readiness'];
  /** Instead of taking every node id for the name of a proxy. */
  readonly authenticate?: Authenticate;
  /** Instead of the time that passes. */
  readonly now?: () => number;
  readonly setTimer?: RelayParts['setTimer'];
  /** Instead of chance. */
  readonly random?: () => number;
}): Promise<{ readonly relay: Relay; readonly port: number; readonly log: EventLog }> {
  const log = new EventLog();
  const parts: RelayParts = {
    snapshots: options.snapshots,
    endpoints: options.endpoints ?? new TestEndpoints(),
    authenticate: options.authenticate ?? ((_peer, { id }) => ({ kind: 'proxy', mesh: MESH, proxy: id })),
    onStatus: log.add,
    now: options.now ?? (() => performance.now()),
    setTimer: options.setTimer ?? realTimer,
    settings: { streamBurst: 10_000, warmUpStreams: 0, ...options.settings },
  };
  const { transport, tls, readiness } = options;
  const relay = createRelay(parts, {
    random: options.random ?? Math.random,
    ...(transport && { transport }),
    ...(tls && { tls }),
    ...(readiness && { readiness }),
  });
  const { port } = await relay.listen(options.address ?? `127.0.0.1:${options.port ?? 0}`);
  return { relay, port, log };
}

/** Publishes on top of whatever the head is. */
export async function publish(snapshots: SnapshotStore, snapshot: MeshSnapshot): Promise<void> {
  const parent: Published | undefined = (await snapshots.head(snapshot.mesh))?.latest;
  const outcome = await snapshots.publish(snapshot, parent);
  if (outcome === 'stale') throw new Error(`snapshot ${snapshot.version.n} was not taken`);
}

function realTimer(callback: () => void, millis: number): () => void {
  const timer = setTimeout(callback, millis);
  return () => clearTimeout(timer);
}
