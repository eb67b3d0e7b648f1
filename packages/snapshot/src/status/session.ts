import type { ContentHash, Source, TypeUrl } from '../snapshot.ts';

// What a relay tells of one proxy's stream. Times are RFC 3339 text in UTC: rows are read by other processes, and by people.

/** Whether a proxy runs what it was last sent of one type; only its own answers count. */
export type SyncState =
  /** It acknowledged the last response, or came with that very version. */
  | 'SYNCED'
  /** It has not answered the last response yet. */
  | 'STALE'
  /** It refused a response, and has accepted none of the type since: also while newer content is under way. */
  | 'REJECTED'
  /** Nothing was sent: it has not asked, or nothing is known to answer. */
  | 'NOT_SENT';

/** One response, or an answer to it. */
export interface Exchange {
  /** Hash of the content, as Envoy shows it in `version_info`. */
  readonly version: string;
  /** Version of the mesh it was made of, `epoch.n.build`. */
  readonly snapshotVersion: string;
  readonly at: string;
}

/** Where something that a proxy refused came from. */
export interface RefusedSource extends Source {
  /** Name in Envoy's configuration: of the cluster, listener or route configuration, or `<router>/<route>`. */
  readonly envoyName: string;
}

/** Content that a proxy refused: an Envoy resource and the hash of its bytes. */
export interface RefusedContent {
  readonly name: string;
  readonly hash: ContentHash;
}

/** A refusal: Envoy's own words, cut after 4,096 characters, and what they are about. */
export interface RefusedExchange extends Exchange {
  readonly message: string;
  /** The resources of the mesh that caused it, as far as Envoy's words tell; at most 8. */
  readonly causes: readonly RefusedSource[];
  /** What Envoy's words name of the response, else what in it was new to the proxy; at most 8, and none where that would be more. */
  readonly contents?: readonly RefusedContent[];
}

/** What one proxy was sent of one type, and what it said to it. */
export interface TypeStatus {
  readonly typeUrl: TypeUrl;
  readonly state: SyncState;
  /** The last response; absent where none was needed, too: a proxy may come with the very version. */
  readonly sent?: Exchange & { readonly resourceCount: number; readonly sizeBytes: number };
  /** The last acknowledgement; `millis` from response to acknowledgement. */
  readonly acked?: Exchange & { readonly millis: number };
  /** The last refusal; stays when later content was accepted. */
  readonly rejected?: RefusedExchange;
}

/** One thing that happened to a stream, for people. */
export interface SessionEvent {
  readonly at: string;
  readonly kind: 'connected' | 'orphaned' | 'found' | 'sent' | 'acked' | 'rejected' | 'tooLarge' | 'ignored' | 'gone';
  /** Absent where the event is not about one type. */
  readonly typeUrl?: TypeUrl;
  readonly snapshotVersion?: string;
  /** A reason, or the beginning of a refusal; at most 512 characters. */
  readonly detail?: string;
}

/** Most events kept of a stream; the oldest go first. */
export const MOST_EVENTS = 20;

/** One proxy's stream, as the relay that serves it tells, without what happened to it. */
export interface SessionSummary {
  /** The relay that tells. */
  readonly relay: string;
  /**
   * Of the proxy, not of the stream: hash of its node id and of what tells its replicas apart (ECS task ARN, else pod UID, else
   * interface address, else the host it came from). A second stream of the same has a number behind it.
   */
  readonly id: string;
  /** As the proxy sent it. */
  readonly nodeId: string;
  /** ECS task ARN, pod UID or interface address; absent where the node's metadata has none. */
  readonly instance?: string;
  /** `host:port` it came from, or `unix:`. */
  readonly address: string;
  /** Such as `1.40.0`; absent when the proxy did not tell. */
  readonly envoyVersion?: string;
  readonly protocol: 'sotw' | 'delta';
  readonly connectedAt: string;
  /** Why and when the stream ended; absent while it is open. */
  readonly ended?: { readonly at: string; readonly reason: string };
  /** `<owner>/<mesh>`; absent for a node that is not known. */
  readonly mesh?: string;
  /** `virtualNode/NAME`; absent for a node that is not known. */
  readonly proxy?: string;
  /** Why it is sent nothing: unknown, refused, or named but not there (yet). */
  readonly silence?: { readonly state: 'UNKNOWN' | 'REFUSED' | 'ORPHANED'; readonly reason: string };
  /** Those it has asked for or was sent. */
  readonly types: readonly TypeStatus[];
}

/** One proxy's stream with what happened to it. */
export interface SessionStatus extends SessionSummary {
  /** The last ones, oldest first. */
  readonly events: readonly SessionEvent[];
}
