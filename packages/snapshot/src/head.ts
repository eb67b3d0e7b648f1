import type { SnapshotVersion } from './snapshot.ts';
import type { Head, Published, PublishOutcome } from './store.ts';
import { compareVersions } from './version.ts';

/** Whether a publisher that built on `parent` may move `head` to `version`: the head is still at the parent, and older. */
export function mayFollow(head: Head | undefined, parent: Published | undefined, version: SnapshotVersion): boolean {
  if (head === undefined || parent === undefined) return head === parent;
  // The key alone would not do: an unchanged compile moves the version and keeps the key.
  const atParent = head.latest.key === parent.key && compareVersions(head.latest.version, parent.version) === 0;
  return atParent && compareVersions(version, head.latest.version) > 0;
}

/** The head after a publish that may follow: with the object it already has when the content is the same, else with the new one. */
export function nextHead(
  head: Head | undefined,
  mesh: string,
  published: Published,
): { readonly outcome: Exclude<PublishOutcome, 'stale'>; readonly head: Head } {
  if (head === undefined) return { outcome: 'published', head: { mesh, rev: 1n, latest: published, serving: published } };
  const rev = head.rev + 1n;
  if (head.latest.content === published.content) {
    const latest = { ...head.latest, version: published.version };
    return { outcome: 'unchanged', head: { ...head, rev, latest, serving: latest } };
  }
  return { outcome: 'published', head: { mesh, rev, latest: published, serving: published, parent: head.latest.key } };
}
