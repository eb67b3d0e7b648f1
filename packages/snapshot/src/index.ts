export { CachedSnapshots, type CacheOptions } from './cachedSnapshots.ts';
export { type EncodedSnapshot, encodeSnapshot, type LoadedSnapshot, readPublished } from './codec.ts';
export { checkConsistency, type Inconsistency } from './consistency.ts';
export { chainOf, MAX_OBJECT_BYTES, type PackedFile } from './file.ts';
export { folderName } from './folderName.ts';
export { contentHash, textHash, typeVersion } from './hash.ts';
export { decodeHead, encodeHead } from './headFile.ts';
export { HoldDecider, type HoldDeciderParts, type HoldNews } from './holding/holdDecider.ts';
export { HOLD_LIMITS, type HoldLimits, type Refused } from './holding/refusals.ts';
export { Lineages } from './lineages.ts';
export { holdingHead, type PublishSteps, publishInSteps } from './publishing.ts';
export type {
  CarriedOver,
  ContentHash,
  EndpointQuery,
  MeshSnapshot,
  ProxySnapshot,
  SnapshotVersion,
  Source,
  TypeSnapshot,
  TypeUrl,
} from './snapshot.ts';
export { type PartKind, partSourceKey, sourceKey } from './sourceKey.ts';
export {
  type Exchange,
  MOST_EVENTS,
  type RefusedContent,
  type RefusedExchange,
  type RefusedSource,
  type SessionEvent,
  type SessionStatus,
  type SessionSummary,
  type SyncState,
  type TypeStatus,
} from './status/session.ts';
export { MOST_REPORTED, type RelayReport, type SessionKey, type StatusTable, StatusUnavailable } from './status/statusTable.ts';
export { withoutLeft } from './status/withoutLeft.ts';
export type {
  Head,
  HeldResource,
  HoldableSnapshots,
  LastGood,
  ObjectSnapshots,
  Published,
  PublishOutcome,
  SnapshotStore,
} from './store.ts';
export { SnapshotsUnavailable } from './unavailable.ts';
export { SnapshotUnreadable, type UnreadableReason } from './unreadable.ts';
export { compareVersions, formatVersion, parseVersion } from './version.ts';
