/** Bounds of a relay towards its clients' connections, in milliseconds unless the name says otherwise. */
export interface TransportSettings {
  /** Largest request accepted, in bytes; 16 MiB, for a first delta request echoes the version of every resource the proxy holds. */
  readonly maxRequestBytes: number;
  /** Silence on a connection after which it is pinged; one that does not answer within 20 s is cut, for its proxy is gone; 60,000. */
  readonly keepaliveMillis: number;
  /** Streams one connection may open; 20. Envoy needs one, a benchmark that shares connections more. */
  readonly streamsPerConnection: number;
  /** Connections in all; 20,000. Those past it are closed as they come. */
  readonly connections: number;
  /** Open streams of one proxy's identity, of which each of its replicas needs one; 2,000. The next is refused, those open stay. */
  readonly streamsPerProxy: number;
  /**
   * Age ± 20 % at which a connection's streams end with status OK, so that clients spread over relays again; 1,800,000. By grpc-js each
   * stream has an age of its own.
   */
  readonly connectionAgeMillis: number;
  /** What a client gets to leave an aged connection before it is cut; 30,000. */
  readonly connectionGraceMillis: number;
  /** How long a client may leave responses unread before its stream is cut; 60,000. */
  readonly unreadMillis: number;
  /** Streams per second whose first request is taken up, in the long run; 50. Those that come faster wait in line. */
  readonly streamsPerSecond: number;
  /** Streams taken up at once after a quiet time; 100. */
  readonly streamBurst: number;
  /** Streams that may be getting their first response at the same time; 64. */
  readonly firstPushes: number;
  /** After this long a stream without a first response makes room for the next, for there may be nothing to send it; 1,000. */
  readonly firstPushMillis: number;
  /** Streams that may wait in line; 10,000. The next ends with UNAVAILABLE, and its client comes again later. */
  readonly queuedStreams: number;
  /** First requests in line, in bytes together; 64 MiB, past which it is the same. */
  readonly queuedBytes: number;
  /** How often the certificate is read again; 60,000. */
  readonly tlsReloadMillis: number;
}

/** The settings a transport has when none are given. */
export const DEFAULT_TRANSPORT_SETTINGS: TransportSettings = {
  maxRequestBytes: 16 * 1024 * 1024,
  keepaliveMillis: 60_000,
  streamsPerConnection: 20,
  connections: 20_000,
  streamsPerProxy: 2_000,
  connectionAgeMillis: 1_800_000,
  connectionGraceMillis: 30_000,
  unreadMillis: 60_000,
  streamsPerSecond: 50,
  streamBurst: 100,
  firstPushes: 64,
  firstPushMillis: 1_000,
  queuedStreams: 10_000,
  queuedBytes: 64 * 1024 * 1024,
  tlsReloadMillis: 60_000,
};
