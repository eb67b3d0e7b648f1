import type { MeshKey, Page, PageRequest } from '@meshwright/model';

// What `/v1` answers of proxies, member by member: these names are read by programs and stay. Times are RFC 3339 text in UTC.

/** Whether a proxy runs what it was last sent of one type. */
export type SyncState =
  /** It acknowledged the last response, or came with that very version. */
  | 'SYNCED'
  /** It has not answered the last response yet; clusters are answered late while one of them waits for its endpoints or its DNS name. */
  | 'STALE'
  /** It refused the last response, and gets nothing of the type before the content changes. */
  | 'REJECTED'
  /** Nothing was sent: it has not asked, or nothing is known to answer. */
  | 'NOT_SENT';

/** A proxy as a whole: `REJECTED` when one type is, else `STALE` when one is, else `SYNCED` when one is. */
export type ProxyState =
  | SyncState
  /** Connected, but its mesh or its resource does not exist: nothing is sent, and it keeps what it runs. */
  | 'ORPHANED'
  /** The stream has ended; it is told of for a while. */
  | 'OFFLINE';

/** One type of configuration, by the name of its discovery service. */
export type XdsType = 'CDS' | 'EDS' | 'LDS' | 'RDS';

/** One response, or an answer to it. */
interface Exchange {
  /** Hash of the content, as Envoy shows it in `version_info`. */
  readonly version: string;
  /** Version of the mesh it was made of, `epoch.generation.build`. */
  readonly snapshotVersion: string;
  readonly at: string;
}

/** What one proxy was sent of one type, and what it said to it. */
export interface XdsTypeStatus {
  readonly type: XdsType;
  readonly state: SyncState;
  /** The last response; absent where none was needed, too: a proxy may come with the very version. */
  readonly sent?: Exchange & { readonly resourceCount: number; readonly sizeBytes: number };
  /** The last acknowledgement; `millis` from response to acknowledgement. */
  readonly acked?: Exchange & { readonly millis: number };
  /** The last refusal in Envoy's own words, cut after 4,096 characters; stays when later content was accepted. */
  readonly rejected?: Exchange & { readonly message: string };
}

/** What is known of any stream. */
interface SessionStatus {
  /** Of this stream; a proxy that comes back has another. */
  readonly id: string;
  /** As the proxy sent it. */
  readonly nodeId: string;
  /** `host:port` it came from, or `unix:`. */
  readonly address: string;
  /** Such as `1.40.0`; absent when the proxy did not tell. */
  readonly envoyVersion?: string;
  readonly protocol: 'sotw' | 'delta';
  readonly connectedAt: string;
  /** Absent while the stream is open. */
  readonly disconnectedAt?: string;
}

/** One proxy's stream, open or ended not long ago. */
export interface ProxyStatus extends SessionStatus {
  readonly meshName: string;
  readonly meshOwner: string;
  readonly kind: 'virtualNode' | 'virtualGateway';
  /** Of the virtual node or gateway. */
  readonly name: string;
  readonly state: ProxyState;
  /** Why it is `ORPHANED` or `OFFLINE`. */
  readonly reason?: string;
  /** All four, in the order they are sent: CDS, EDS, LDS, RDS. */
  readonly types: readonly XdsTypeStatus[];
}

/** A stream that gets nothing, and why. */
export interface UnknownNode extends SessionStatus {
  /** `UNKNOWN`: the node id names no proxy here. `REFUSED`: the stream was ended. `ORPHANED`: it names one that does not exist (yet). */
  readonly state: 'UNKNOWN' | 'REFUSED' | 'ORPHANED';
  /** What is wrong, and the way out. */
  readonly reason: string;
}

/** Where the API learns of proxies; whoever runs relays has it. */
export interface FleetView {
  /** The streams of one mesh's proxies, in an order that stays from page to page. */
  proxies(mesh: MeshKey, page: PageRequest): Promise<Page<ProxyStatus>>;
  /** The streams that get nothing, of whatever mesh. */
  unknownNodes(page: PageRequest): Promise<Page<UnknownNode>>;
}
