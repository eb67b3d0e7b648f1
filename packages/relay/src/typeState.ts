import type { Source, TypeUrl } from '@meshwright/snapshot';
import type { NameSet } from './nameSet.ts';
import type { Refusal } from './refusal.ts';
import type { ResourceSet } from './resourceSet.ts';

/** A response that the client has neither acknowledged nor refused. */
export interface InFlight {
  readonly nonce: number;
  /** What the client has once it has acknowledged. */
  readonly wanted: ResourceSet;
  /** What the response carries. */
  readonly sent: ResourceSet;
  readonly removed: readonly string[];
  /** As in the response. */
  readonly version: string;
  readonly snapshotVersion: string;
  readonly sentAt: number;
  /** Where in the mesh the proxy's resources come from, to tell what a refusal is about. */
  readonly sources: ReadonlyMap<string, Source>;
}

/** What one stream asked for and has been told, of one type. The sets are shared with other streams. */
export interface TypeState {
  readonly typeUrl: TypeUrl;
  wildcard: boolean;
  /** After any named subscription an empty list means nothing, before it means everything. */
  everNamed: boolean;
  names: NameSet;
  /** When the names last changed, or their clusters did. */
  askedAt: number;
  /** Delta: names the client waits to hear of, should they not exist; undefined when there are none, as on most streams. */
  owed: Set<string> | undefined;
  /** Endpoints: subscribed clusters whose endpoints are not known yet; nothing is said of them for a while. */
  awaited: ReadonlySet<string>;
  /** What the client said it had when it came; resolved once there is a snapshot to compare with. */
  reported: Reported | undefined;
  /** What the client has been sent, as far as it counts; undefined when that is not known. */
  has: ResourceSet | undefined;
  /** Clusters: all the client may still use. What is sent contains what was sent before until nothing can need it, so it is the last sent, refused or not. */
  mayHave: ResourceSet | undefined;
  inFlight: InFlight | undefined;
  lastNonce: number;
  /** What the client last said it took. */
  accepted: ResourceSet | undefined;
  /** Content that was refused: not sent again until it changes. */
  rejected: Refusal | undefined;
  /** Version of content that is larger than the client takes: not sent. */
  withheld: string | undefined;
  /** Clusters: until then what depends on them waits for their acknowledgement. */
  lateUntil: number | undefined;
  /** Since when something waits for its turn. */
  blockedSince: number | undefined;
  /** State of the world: one request like the last acknowledgement may be answered, for something new waits for it. */
  repeatable: boolean;
}

/** A version (state of the world), or versions by name (delta). */
export type Reported = string | ReadonlyMap<string, string>;

const NOBODY: ReadonlySet<string> = new Set();

/** State of a type that was just asked for the first time. */
export function newTypeState(typeUrl: TypeUrl, names: NameSet, now: number): TypeState {
  return {
    typeUrl,
    wildcard: false,
    everNamed: false,
    names,
    askedAt: now,
    owed: undefined,
    awaited: NOBODY,
    reported: undefined,
    has: undefined,
    mayHave: undefined,
    inFlight: undefined,
    lastNonce: 0,
    accepted: undefined,
    rejected: undefined,
    withheld: undefined,
    lateUntil: undefined,
    blockedSince: undefined,
    repeatable: false,
  };
}

/** Notes names that the client is to be told of, whether they exist or not. */
export function owe(state: TypeState, names: Iterable<string>): void {
  for (const name of names) {
    state.owed ??= new Set();
    state.owed.add(name);
  }
}
