import { type MeshKey, type MeshReplica, meshId } from '@meshwright/model';
import {
  compareVersions,
  type Head,
  type MeshSnapshot,
  type SnapshotStore,
  SnapshotUnreadable,
  type SnapshotVersion,
} from '@meshwright/snapshot';
import { COMPILER_BUILD } from './build.ts';
import { type Compiled, compileInSteps } from './compile.ts';
import { frozenInTurns } from './frozen.ts';
import type { MeshAt } from './meshAt.ts';
import { compareText } from './resolve/compare.ts';
import type { Steps, Turns } from './steps.ts';

/** What compiling a mesh's newest state works with. */
export interface NewestParts extends Turns {
  readonly snapshots: Pick<SnapshotStore, 'read'>;
}

/** What was compiled last in this process. */
export interface LastCompiled {
  readonly compiled: Compiled;
  /** Whether it is known to have become the head: others may be faster, and stores fail. */
  readonly isPublished: boolean;
}

/** The mesh never had a commit, or the head already is what this build makes of its newest state. */
export type NothingToDo = { readonly kind: 'unknownMesh' } | { readonly kind: 'current'; readonly version: SnapshotVersion };

/** What a mesh's newest state compiles to. */
export interface Newest {
  readonly compiled: Compiled;
  /** Keys of the proxies that are another than in what was gone on from. */
  readonly changedProxies: readonly string[];
  /** Milliseconds of compiling alone. */
  readonly millis: number;
}

interface Earlier {
  readonly maxBytes: number;
  readonly last?: Compiled | undefined;
  /** Where failing proxies have what they keep from; the last result unless told. */
  readonly parent?: MeshSnapshot | undefined;
}

/**
 * Compiles what the replica holds now, to follow on the head. A proxy on which the compiler fails keeps what the head gives it,
 * whoever published that.
 */
export async function compileNewest(
  parts: NewestParts,
  mesh: MeshKey,
  replica: MeshReplica,
  head: Head | undefined,
  { last, maxBytes }: { readonly last: LastCompiled | undefined; readonly maxBytes: number },
): Promise<Newest | NothingToDo> {
  const first = await compileOnce(parts, mesh, replica, head, { last: last?.compiled, maxBytes });
  if ('kind' in first.result) return first.result;
  const own = { compiled: first.result, changedProxies: first.result.work.changedProxies, millis: first.millis };
  // Without failures nobody keeps anything, and reading what others published costs a whole mesh.
  if (first.result.work.failedProxies.length === 0 || head === undefined || isHead(head, last)) return own;
  const parent = await readable(parts.snapshots, meshId(mesh), head);
  if (parent === undefined) return own;
  const second = await compileOnce(parts, mesh, replica, head, { last: first.result, parent, maxBytes });
  if ('kind' in second.result) return second.result;
  const changed = new Set([...own.changedProxies, ...second.result.work.changedProxies]);
  return { compiled: second.result, changedProxies: [...changed].sort(compareText), millis: first.millis + second.millis };
}

/** Whether the head is what this process published last. Two that publish may both make a version of one number, with different contents. */
function isHead({ latest }: Head, last: LastCompiled | undefined): boolean {
  return last?.isPublished === true && compareVersions(latest.version, last.compiled.snapshot.version) === 0;
}

async function compileOnce(
  turns: Turns,
  mesh: MeshKey,
  replica: MeshReplica,
  head: Head | undefined,
  earlier: Earlier,
): Promise<{ readonly result: Compiled | NothingToDo; readonly millis: number }> {
  const at = { mesh, generation: replica.generation, contents: replica.view };
  return await frozenInTurns(at, (frozen) => newestInSteps(frozen, replica, head, earlier), turns);
}

function* newestInSteps(
  at: MeshAt,
  replica: MeshReplica,
  head: Head | undefined,
  { last, parent, maxBytes }: Earlier,
): Steps<Compiled | NothingToDo> {
  const { generation } = at;
  if (generation === 0n) return { kind: 'unknownMesh' };
  const version = { epoch: epochFor(head, generation), n: generation, build: COMPILER_BUILD };
  if (head !== undefined && compareVersions(head.latest.version, version) >= 0) return { kind: 'current', version: head.latest.version };
  if (last === undefined) return yield* compileInSteps(at, version.epoch, undefined, parent, maxBytes);
  // In another epoch generations count again: the same number is another mesh.
  const commits = last.snapshot.version.epoch === version.epoch ? replica.since(last.snapshot.version.n) : undefined;
  const since = { compiled: last, changed: commits?.flatMap(({ refs }) => refs) };
  return yield* compileInSteps(at, version.epoch, since, parent, maxBytes);
}

/** What is published, unless it cannot be read: then failing proxies keep what they had in this process, if anything. */
async function readable(snapshots: NewestParts['snapshots'], mesh: string, { latest }: Head): Promise<MeshSnapshot | undefined> {
  try {
    const snapshot = await snapshots.read(mesh, latest);
    // Copies: a proxy that keeps a few of them would keep the whole object in memory.
    return { ...snapshot, resources: new Map(Array.from(snapshot.resources, ([hash, bytes]) => [hash, new Uint8Array(bytes)])) };
  } catch (cause) {
    if (cause instanceof SnapshotUnreadable) return undefined;
    throw cause;
  }
}

/** A head ahead of the state means that an older state was restored: its generations count again, in an epoch of their own. */
function epochFor(head: Head | undefined, generation: bigint): number {
  if (head === undefined) return 1;
  const { epoch, n } = head.latest.version;
  return n > generation ? epoch + 1 : epoch;
}
