import { contentOf, encodeFollowing, linkTo } from './codec.ts';
import type { PackedFile } from './file.ts';
import { stillHeld } from './holding/heldList.ts';
import type { Lineages, Link } from './lineages.ts';
import type { MeshSnapshot, SnapshotVersion } from './snapshot.ts';
import type { Head, HeldResource, Published, PublishOutcome } from './store.ts';
import { compareVersions } from './version.ts';

/** What an adapter does with its medium when it publishes. */
export interface PublishSteps {
  /** The head as it is now. */
  readonly before: Head | undefined;
  /**
   * Least `rev` of the head that follows; 1 unless told. Where heads may get lost or be put back to an earlier time under those who
   * watch, it is the time: what is published then is newer than anything they were told.
   */
  readonly leastRev?: bigint;
  /** What the adapter's own publishes led to; one for all of them. Without it every version is written whole. */
  readonly lineages?: Lineages;
  /** Whether the object with this key is there, with the bytes its key names. */
  hasObject(key: string): Promise<boolean>;
  /** Writes an object so that it lasts; it may be there already. */
  writeObject(object: PackedFile): Promise<void>;
  /** Writes the head so that it lasts; false when it is not `before` any more. */
  moveHead(head: Head): Promise<boolean>;
}

/**
 * Publishes in the one order that never leaves a head without its object, for adapters: judge, write the object, move the head.
 * Content that the head's object says already takes no new object, unless that one was lost or damaged. The object holds what changed
 * since the head's where that is known, there and much less than all of it; else it is whole.
 */
export async function publishInSteps(steps: PublishSteps, snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
  const { mesh, version } = snapshot;
  const { before, lineages } = steps;
  if (!mayFollow(before, parent, version)) return 'stale';
  const content = contentOf(snapshot);
  const rev = nextRev(steps);
  const link = lineages?.of(mesh, before?.latest.key);
  const isUnchanged = before?.latest.content === content;
  if (isUnchanged && (await hasAll(steps, [...(link?.chain ?? []), before.latest.key]))) {
    return (await steps.moveHead(withVersion(before, version, rev))) ? 'unchanged' : 'stale';
  }
  const object = await encodeFollowing(snapshot, isUnchanged ? undefined : await whereThere(steps, link));
  await steps.writeObject(object);
  const latest = { version, key: object.key, content };
  const head = withObject(before, mesh, latest, rev);
  if (!(await steps.moveHead(withHeld(head, stillHeld(before?.held ?? [], snapshot))))) return 'stale';
  lineages?.remember(linkTo(object, snapshot, link));
  return 'published';
}

async function hasAll(steps: PublishSteps, keys: readonly string[]): Promise<boolean> {
  // Each in the hope that it is there: one after the other, they would take a round trip each.
  return (await Promise.all(keys.map((key) => steps.hasObject(key)))).every(Boolean);
}

/** What is to be built on, unless its object was lost; that those before it were there was seen when they were built on. */
async function whereThere(steps: PublishSteps, link: Link | undefined): Promise<Link | undefined> {
  return link !== undefined && (await steps.hasObject(link.key)) ? link : undefined;
}

/**
 * The head with another list of held content, as an adapter is to write it: the next `rev`, and no list where nothing is held.
 * @param leastRev as in `PublishSteps`.
 */
export function holdingHead(before: Head, held: readonly HeldResource[], leastRev?: bigint): Head {
  return { ...withHeld(before, held), rev: nextRev(leastRev === undefined ? { before } : { before, leastRev }) };
}

/** Whether a publisher that built on `parent` may move `head` to `version`: the head is still at the parent, and older. */
function mayFollow(head: Head | undefined, parent: Published | undefined, version: SnapshotVersion): boolean {
  if (head === undefined || parent === undefined) return head === parent;
  // The key alone would not do: an unchanged compile moves the version and keeps the key.
  const atParent = head.latest.key === parent.key && compareVersions(head.latest.version, parent.version) === 0;
  return atParent && compareVersions(version, head.latest.version) > 0;
}

function nextRev({ before, leastRev = 1n }: Pick<PublishSteps, 'before' | 'leastRev'>): bigint {
  const next = (before?.rev ?? 0n) + 1n;
  return next > leastRev ? next : leastRev;
}

function withObject(before: Head | undefined, mesh: string, latest: Published, rev: bigint): Head {
  if (before === undefined) return { mesh, rev, latest, serving: latest };
  return { ...before, rev, latest, serving: latest, parent: before.latest.key };
}

function withVersion(before: Head, version: SnapshotVersion, rev: bigint): Head {
  const latest = { ...before.latest, version };
  return { ...before, rev, latest, serving: latest };
}

function withHeld({ held: _, ...head }: Head, held: readonly HeldResource[]): Head {
  return held.length === 0 ? head : { ...head, held };
}
