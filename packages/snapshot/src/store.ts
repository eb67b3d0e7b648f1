import type { LoadedSnapshot } from './codec.ts';
import type { ContentHash, MeshSnapshot, SnapshotVersion, TypeUrl } from './snapshot.ts';

/** A published snapshot: its version and the immutable object that holds it. */
export interface Published {
  readonly version: SnapshotVersion;
  /** Name of the object in the store; contains its hash. */
  readonly key: string;
  /** Hash of what the object says apart from its version: equal for an unchanged compile. */
  readonly content: ContentHash;
}

/** Content that too many proxies refused. */
export interface HeldResource {
  readonly typeUrl: TypeUrl;
  /** Of the Envoy resource. */
  readonly name: string;
  readonly hash: ContentHash;
}

/** What a mesh's relays should serve. */
export interface Head {
  /** `<owner account>/<mesh name>`. */
  readonly mesh: string;
  /** Rises with every write of the head, whatever it changes, by one or more: the only thing relays compare. */
  readonly rev: bigint;
  /** Moves forward only, in (epoch, n, build), and only from the parent that the writer built on. */
  readonly latest: Published;
  /** Equals `latest` today; pin and canary will move it alone. What is held back leaves it: single resources are held, not versions. */
  readonly serving: Published;
  /** Key that `latest` was before; absent for the first. */
  readonly parent?: string;
  /** What proxies that have not taken it are not sent: they keep what they have of it. Left out when there is nothing. */
  readonly held?: readonly HeldResource[];
}

/** `unchanged` = the head moved to the new version, its object stayed. `stale` = the head is not at the parent, or not older: read it again. */
export type PublishOutcome = 'published' | 'unchanged' | 'stale';

/** A snapshot that was verified, and the head that led to it. */
export interface LastGood {
  readonly head: Head;
  readonly snapshot: MeshSnapshot;
}

/** Port: keeps snapshots as immutable objects, and one head per mesh. Adapters are held to the same behaviour by `snapshotStoreContract`. */
export interface SnapshotStore {
  /**
   * The head as the last publish left it.
   * @throws SnapshotUnreadable when what is stored as head cannot be read; SnapshotsUnavailable when the medium is away.
   */
  head(mesh: string): Promise<Head | undefined>;
  /**
   * Writes the immutable object, then moves the head from `parent` (undefined: there was none) to it.
   * A crash between the two leaves an object nobody refers to, never a head without its object. Of several publishers at the
   * same parent one moves the head; the others are told `stale`.
   * @throws SnapshotsUnavailable when the medium is away: whether the head was moved, the head says.
   */
  publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome>;
  /**
   * Its resources may be views of larger buffers: who keeps some of them for long copies those.
   * @param before what the reader has: what did not change since is taken over, and need not be read where the store knows that.
   * @throws SnapshotUnreadable when the object, or one that it builds on, is missing, cut short or does not have the hash in its key;
   * SnapshotsUnavailable when the medium is away.
   */
  read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot>;
  /**
   * What was last read of a mesh, from nearer than the medium: to serve while that is away, and nothing has been read of it yet. It may
   * be older than the head. Undefined where nothing is kept; readers that keep nothing do not have it. Never rejects.
   */
  lastGood?(mesh: string): Promise<LastGood | undefined>;
  /** The current heads, then every head that changes, until aborted; never goes back. Slow readers get the newest only. Reads that fail are tried again. */
  watch(signal: AbortSignal): AsyncIterable<readonly Head[]>;
}

/** Snapshots of whose content some can be held back: for whoever decides that, not for those who serve them, who only read. */
export interface HoldableSnapshots extends Pick<SnapshotStore, 'head' | 'read' | 'watch'> {
  /**
   * Writes what a head holds, in place of the list it has, and raises its `rev`; the versions stay.
   * @param before the head as it was read; false when it has moved since: read it again.
   * @throws SnapshotsUnavailable when the medium is away: whether the list was written, the head says.
   */
  hold(before: Head, held: readonly HeldResource[]): Promise<boolean>;
}

/** Snapshots whose objects can be had as they are stored, to keep them elsewhere. */
export interface ObjectSnapshots extends SnapshotStore {
  /**
   * The bytes of an object by its key, which nobody has looked at: `readPublished` does.
   * @throws SnapshotUnreadable when there is none; SnapshotsUnavailable when the medium is away.
   */
  readObject(mesh: string, key: string): Promise<Uint8Array>;
}
