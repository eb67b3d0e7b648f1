import { DEFAULT_TRANSPORT_SETTINGS, type TransportSettings } from './transport/settings.ts';

/** Bounds of a relay, in milliseconds unless the name says otherwise. */
export interface RelaySettings extends TransportSettings {
  /** Longest wait of a route or listener for the acknowledgement of its clusters, and of newer content for that of older; 15,000. */
  readonly ackWaitMillis: number;
  /** Longest wait of a first listener or route answer for the proxy's request for clusters; 1,000. */
  readonly clusterRequestWaitMillis: number;
  /** After this long an EDS cluster without known endpoints is answered empty, so that it stops warming; 5,000. */
  readonly endpointWaitMillis: number;
  /** Longest silence towards a proxy whose version is not known here while the head cannot be read; 15,000. */
  readonly headWaitMillis: number;
  /** Longest wait for `Authenticate` to say who a stream is of; 10,000. Envoy comes again by itself. */
  readonly authenticateMillis: number;
  /** Wait before an unreadable head or snapshot is read again; 1,000. */
  readonly retryMillis: number;
  /** A mesh nobody asked for during this time is released; 600,000. */
  readonly idleMeshMillis: number;
  /** Encoded responses kept so that streams share them, in bytes of all together; 64 MiB. What is dropped is encoded again when asked for. */
  readonly sharedResponseBytes: number;
  /** Streams served between two turns of the event loop; 64. */
  readonly batchStreams: number;
  /** Streams a relay serves to itself before it listens, so that a storm of proxies does not meet cold code; 150, and 0 for none. */
  readonly warmUpStreams: number;
  /** Longest time that takes, whatever was served by then; 2,000. */
  readonly warmUpMillis: number;
}

/** The settings a relay has when none are given. */
export const DEFAULT_SETTINGS: RelaySettings = {
  ...DEFAULT_TRANSPORT_SETTINGS,
  ackWaitMillis: 15_000,
  clusterRequestWaitMillis: 1_000,
  endpointWaitMillis: 5_000,
  headWaitMillis: 15_000,
  authenticateMillis: 10_000,
  retryMillis: 1_000,
  idleMeshMillis: 600_000,
  sharedResponseBytes: 64 * 1024 * 1024,
  batchStreams: 64,
  warmUpStreams: 150,
  warmUpMillis: 2_000,
};
