import { compareVersions, type Head, parseVersion, type SnapshotVersion } from '@meshwright/snapshot';

/** How many of the newest objects of a mesh stay beside those its head refers to: what a relay that lags may still be reading. */
const KEPT_OBJECTS = 50;

const KEY = /^([0-9.]+)-[0-9a-f]{32}$/;

/** The version in an object's key; undefined for a name that is no key. */
export function versionOfKey(key: string): SnapshotVersion | undefined {
  return parseVersion(KEY.exec(key)?.[1] ?? '');
}

/** Whether so many objects are more than those that stay in any case. */
export function hasObsolete(objects: number): boolean {
  return objects > KEPT_OBJECTS;
}

/**
 * Which objects nobody needs any more: never one the head refers to, nor one that another which stays cannot be read without; and by
 * order of version, not by age.
 * @param chainOf keys of what an object builds on.
 */
export function obsoleteKeys(keys: Iterable<string>, head: Head, chainOf: (key: string) => readonly string[]): readonly string[] {
  const all = newestFirst(keys);
  const kept = all.filter((key, place) => place < KEPT_OBJECTS || refersTo(head, key));
  const needed = new Set([...kept, ...kept.flatMap(chainOf)]);
  return all.filter((key) => !needed.has(key));
}

/** Objects of publishers that died before they moved the head: newer than the head and not what it refers to. */
export function abandonedKeys(keys: Iterable<string>, head: Head | undefined): readonly string[] {
  return newestFirst(keys).filter((key) => {
    const version = versionOfKey(key);
    if (head === undefined || version === undefined) return true;
    return compareVersions(version, head.latest.version) >= 0 && !refersTo(head, key);
  });
}

function refersTo(head: Head, key: string): boolean {
  return key === head.latest.key || key === head.serving.key || key === head.parent;
}

function newestFirst(keys: Iterable<string>): readonly string[] {
  return [...keys]
    .flatMap((key) => {
      const version = versionOfKey(key);
      return version === undefined ? [] : [{ key, version }];
    })
    .sort((a, b) => compareVersions(b.version, a.version))
    .map(({ key }) => key);
}
