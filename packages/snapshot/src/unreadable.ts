/**
 * Why an object cannot be used: it is not there; its end is missing; its bytes are not those its key names; it is larger than a
 * reader takes; another format wrote it; it belongs to another mesh or other content than the head says; or its parts contradict each other.
 */
export type UnreadableReason = 'missing' | 'truncated' | 'corrupt' | 'oversized' | 'otherFormat' | 'mismatched' | 'inconsistent';

/** A published snapshot that cannot be read back; whoever serves it keeps the last good one. */
export class SnapshotUnreadable extends Error {
  override readonly name = 'SnapshotUnreadable';
  /** Key of the object. */
  readonly key: string;
  readonly reason: UnreadableReason;

  constructor(key: string, reason: UnreadableReason, detail: string, options?: { readonly cause?: unknown }) {
    super(`Snapshot object ${key} is ${reason}: ${detail}`, options);
    this.key = key;
    this.reason = reason;
  }
}
