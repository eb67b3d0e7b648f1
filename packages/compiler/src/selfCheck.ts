import { checkConsistency, type Inconsistency, type MeshSnapshot } from '@meshwright/snapshot';
import type { Steps } from './steps.ts';

/** Proxies that are looked at in one piece. */
const PROXIES_PER_STEP = 50;

/**
 * Looks for contradictions in what a compile changed, at the cost of that: the rest was looked at when it was compiled.
 * Contradictions are faults of the compiler.
 */
export function* checkChanged(snapshot: MeshSnapshot, changedProxies: readonly string[]): Steps<readonly Inconsistency[]> {
  const problems: Inconsistency[] = [];
  const checked = new Set<string>();
  for (let from = 0; from < changedProxies.length; from += PROXIES_PER_STEP) {
    const names = changedProxies.slice(from, from + PROXIES_PER_STEP);
    const proxies = new Map(names.flatMap((name) => entryOf(snapshot.proxies, name)));
    const hashes = new Set(proxies.values().flatMap(({ types }) => types.values().flatMap(({ references }) => references.values())));
    const resources = new Map([...hashes].flatMap((hash) => entryOf(snapshot.resources, hash)));
    const carriedOver = new Map([...(snapshot.carriedOver ?? [])].filter(([name]) => proxies.has(name)));
    problems.push(...checkConsistency({ ...snapshot, proxies, resources, carriedOver }, checked));
    for (const hash of hashes) checked.add(hash);
    yield proxies.size;
  }
  return problems;
}

function entryOf<Value>(map: ReadonlyMap<string, Value>, key: string): readonly (readonly [string, Value])[] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
