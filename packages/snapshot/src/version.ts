import type { SnapshotVersion } from './snapshot.ts';

/** Orders versions of one mesh, epoch first, then n, then build: negative when `a` is older, 0 when they are the same. */
export function compareVersions(a: SnapshotVersion, b: SnapshotVersion): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  if (a.n !== b.n) return a.n < b.n ? -1 : 1;
  return a.build - b.build;
}

/** Writes a version as `<epoch>.<n>.<build>`, as logs, statuses and object names show it. */
export function formatVersion(version: SnapshotVersion): string {
  return `${version.epoch}.${version.n}.${version.build}`;
}

const WRITTEN = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** Reads what `formatVersion` wrote; undefined for anything else. */
export function parseVersion(text: string): SnapshotVersion | undefined {
  const [, epoch, n, build] = WRITTEN.exec(text) ?? [];
  if (epoch === undefined || n === undefined || build === undefined) return undefined;
  const version = { epoch: Number(epoch), n: BigInt(n), build: Number(build) };
  return Number.isSafeInteger(version.epoch) && Number.isSafeInteger(version.build) ? version : undefined;
}
