import { type Identity, meshId, parseNodeId } from '@meshwright/model';
import {
  type Authenticate,
  createRelay,
  type EndpointSource,
  type ProxyStatusEvent,
  type ReadinessCheck,
  type Relay,
  type Sessions,
} from '@meshwright/relay';
import type { SnapshotStore } from '@meshwright/snapshot';
import { monotonicClock } from './clock.ts';
import { listenPatiently } from './listenPatiently.ts';

/** What a relay of an embedded store serves, to whom, and whom it tells. */
export interface RelayServing {
  readonly snapshots: SnapshotStore;
  readonly identity: Identity;
  /** What gRPC health waits for before it says SERVING. */
  readonly readiness: Pick<ReadinessCheck, 'check'>;
  /** What client status is answered from; `onStatus` tells it. */
  readonly sessions: Pick<Sessions, 'all'>;
  /** Must not throw. */
  onStatus(event: ProxyStatusEvent): void;
}

/**
 * Serves Envoys on a port.
 * @throws StartFailed when the port is taken.
 */
export function serveRelay(
  serving: RelayServing,
  host: string,
  port: number,
): Promise<{ readonly relay: Relay; readonly xdsPort: number }> {
  const names = { what: 'xDS', flag: '--xds-port', host, port };
  return listenPatiently(async () => {
    // Each try takes a fresh relay: one whose port was taken is not for a second use.
    const relay = relayOf(serving);
    try {
      return { relay, xdsPort: (await relay.listen(`${host}:${port}`)).port };
    } catch (error) {
      await relay.close(0);
      throw error;
    }
  }, names);
}

function relayOf({ snapshots, identity, readiness, sessions, onStatus }: RelayServing): Relay {
  // A handful of proxies is no storm; whoever starts this waits for it.
  const settings = { warmUpStreams: 0 };
  const parts = { snapshots, endpoints: noEndpoints, authenticate: byNodeId(identity), sessions, onStatus, settings, ...monotonicClock };
  return createRelay(parts, { random: Math.random, readiness });
}

/** Whoever reaches the loopback address may read any proxy of this account. */
function byNodeId(identity: Identity): Authenticate {
  return (_peer, { id }) => {
    const node = parseNodeId(id, identity);
    return node.kind === 'proxy' ? { kind: 'proxy', mesh: meshId(node.mesh), proxy: node.proxy } : node;
  };
}

/** Nothing here discovers endpoints yet: clusters that ask for them are answered empty. */
const noEndpoints: EndpointSource = { current: () => undefined, subscribe: () => () => {} };
