import { checkConsistency, type Inconsistency } from '@meshwright/snapshot';
import type { Compiled } from './compile.ts';

/**
 * Looks for contradictions in what a compile changed, at the cost of that: the rest was looked at when it was compiled.
 * Contradictions are faults of the compiler.
 */
export function checkChanged({ snapshot, work }: Compiled): readonly Inconsistency[] {
  const proxies = new Map(
    work.changedProxies.flatMap((name) => {
      const proxy = snapshot.proxies.get(name);
      return proxy === undefined ? [] : [[name, proxy]];
    }),
  );
  const hashes = new Set(proxies.values().flatMap(({ types }) => types.values().flatMap(({ references }) => references.values())));
  const resources = new Map(
    hashes.values().flatMap((hash) => {
      const bytes = snapshot.resources.get(hash);
      return bytes === undefined ? [] : [[hash, bytes] as const];
    }),
  );
  const carriedOver = new Map([...(snapshot.carriedOver ?? [])].filter(([name]) => proxies.has(name)));
  return checkConsistency({ ...snapshot, proxies, resources, carriedOver });
}
