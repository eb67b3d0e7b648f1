import type { MeshKey } from '@meshwright/model';

// What `/v1` answers of proxies, member by member: these names are read by programs and stay. Times are RFC 3339 text in UTC.

/** Whether a proxy runs what it was last sent of one type. */
export type SyncState =
  /** It acknowledged the last response, or came with that very version. */
  | 'SYNCED'
  /** It has not answered the last response yet; clusters are answered late while one of them waits for its endpoints or its DNS name. */
  | 'STALE'
  /** It refused a response, and has accepted none of the type since: also while newer content is under way. */
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
export type XdsType = 'CDS' | 'EDS' | 'LDS' | 'RDS' | 'SDS';

/** One response, or an answer to it. */
interface Exchange {
  /** Hash of the content, as Envoy shows it in `version_info`. */
  readonly version: string;
  /** Version of the mesh it was made of, `epoch.generation.build`. */
  readonly snapshotVersion: string;
  readonly at: string;
}

/** What in the mesh a refusal is about. */
export interface RefusalCause {
  /** The resource as its ARN ends, such as `mesh/apps/virtualNode/a`. */
  readonly resource: string;
  /** JSON pointer into its spec; empty for the whole. */
  readonly pointer: string;
  /** Name in Envoy's configuration. */
  readonly envoyName: string;
}

/** What one proxy was sent of one type, and what it said to it. */
export interface XdsTypeStatus {
  readonly type: XdsType;
  readonly state: SyncState;
  /** The last response; absent where none was needed, too: a proxy may come with the very version. */
  readonly sent?: Exchange & { readonly resourceCount: number; readonly sizeBytes: number };
  /** The last acknowledgement; `millis` from response to acknowledgement. */
  readonly acked?: Exchange & { readonly millis: number };
  /** The last refusal in Envoy's own words, cut after 4,096 characters, and its causes as far as they tell; stays when later content was accepted. */
  readonly rejected?: Exchange & { readonly message: string; readonly causes: readonly RefusalCause[] };
}

/** What is known of any stream. */
interface SessionStatus {
  /** Of this proxy, and the same when it comes back: from its node id and its ECS task, else its pod, else its address. */
  readonly id: string;
  /** As the proxy sent it. */
  readonly nodeId: string;
  /** ECS task ARN, pod UID or interface address; absent when its metadata has none. */
  readonly instance?: string;
  /** The relay that serves it. */
  readonly relay: string;
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
  /** In the order they are sent: CDS, EDS, LDS, RDS; and SDS where it was asked for. */
  readonly types: readonly XdsTypeStatus[];
}

/** One thing that happened to a stream. */
export interface ProxyEvent {
  readonly at: string;
  readonly kind: 'connected' | 'orphaned' | 'found' | 'sent' | 'acked' | 'rejected' | 'tooLarge' | 'ignored' | 'gone';
  /** Absent where it is not about one type. */
  readonly type?: XdsType;
  readonly snapshotVersion?: string;
  /** A reason, or the beginning of a refusal; at most 512 characters. */
  readonly detail?: string;
}

/** One proxy's stream with what happened to it, the last 20 events, oldest first. */
export interface ProxyDetails extends ProxyStatus {
  readonly events: readonly ProxyEvent[];
}

/** A stream that gets nothing, and why. */
export interface UnknownNode extends SessionStatus {
  /** `UNKNOWN`: the node id names no proxy here. `REFUSED`: the stream was ended. `ORPHANED`: it names one that does not exist (yet). */
  readonly state: 'UNKNOWN' | 'REFUSED' | 'ORPHANED';
  /** What is wrong, and the way out. */
  readonly reason: string;
}

/** What relays serve of a mesh. */
export interface ServedContent {
  /** The newest published generation. */
  readonly revision: bigint;
  /** Hash of what a proxy gets of a type, as Envoy shows it in `version_info`; undefined when it gets nothing. */
  version(proxy: Pick<ProxyStatus, 'kind' | 'name'>, type: XdsType): string | undefined;
}

/** Waits for news of a mesh's proxies; disposed of, it is over. */
export interface FleetWatch extends Disposable {
  /** Resolves to true when something has changed since it was last asked, or since the watch began; to false when its time is over. */
  changed(): Promise<boolean>;
}

/** Where the API learns of proxies; whoever runs relays has it. */
export interface FleetView {
  /** All streams of one mesh's proxies, each proxy once unless it has several open; in any order. */
  proxies(mesh: MeshKey): Promise<readonly ProxyStatus[]>;
  /** The streams of one proxy, with what happened to them; empty when there is none of this id. */
  proxy(mesh: MeshKey, id: string): Promise<readonly ProxyDetails[]>;
  /** All streams that get nothing, of whatever mesh; in any order. */
  unknownNodes(): Promise<readonly UnknownNode[]>;
  /** Undefined while nothing of the mesh is published. */
  served(mesh: MeshKey): Promise<ServedContent | undefined>;
  /** @throws MeshError `TooManyRequests` when too many wait already. */
  watch(mesh: MeshKey, millis: number): FleetWatch;
}
