import type { MeshSnapshot, ProxySnapshot } from '@meshwright/snapshot';
import type { Assembly } from './assembly.ts';
import { compareText } from './resolve/compare.ts';

const MIB = 1024 * 1024;

/**
 * Most that all proxies of a mesh may get together, in bytes: 224 MiB. `encodeSnapshot` refuses a mesh beyond 256 MiB of resources or
 * of index, and then none of its proxies would get anything new.
 */
export const MAX_MESH_BYTES = 224 * MIB;

/**
 * Makes a mesh fit where its proxies together are too large: of those that could change, the largest keep what they had, or are
 * not served when they had nothing, until the rest fits.
 * @param names proxies that could change
 * @returns the proxies that keep what they had, largest first
 */
export function makeRoom(
  assembly: Assembly,
  names: Iterable<string>,
  earlier: MeshSnapshot | undefined,
  maxBytes: number,
): readonly string[] {
  if (assembly.sizeBytes <= maxBytes) return [];
  const kept: string[] = [];
  for (const name of largestFirst(assembly, names)) {
    const last = earlier?.proxies.get(name);
    if (isSame(last, assembly.get(name))) continue;
    if (last !== undefined && earlier !== undefined) assembly.set(name, { content: last, bytes: earlier.resources });
    else assembly.delete(name);
    kept.push(name);
    if (assembly.sizeBytes <= maxBytes) break;
  }
  return kept;
}

function largestFirst(assembly: Assembly, names: Iterable<string>): readonly string[] {
  return [...names]
    .map((name) => [name, assembly.bytesOf(name)] as const)
    .sort(([a, aBytes], [b, bBytes]) => bBytes - aBytes || compareText(a, b))
    .map(([name]) => name);
}

/** Whether giving a proxy what it had would change anything; it may have been made by another process. */
function isSame(last: ProxySnapshot | undefined, now: ProxySnapshot | undefined): boolean {
  if (last === undefined || now === undefined) return last === now;
  return last === now || [...now.types].every(([typeUrl, { version }]) => last.types.get(typeUrl)?.version === version);
}

/** An amount of bytes for people. */
export function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
