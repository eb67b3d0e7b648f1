import type { MeshSnapshot, ProxySnapshot } from '@meshwright/snapshot';
import type { CompiledProxy } from './proxyUnit.ts';
import { compareText } from './resolve/compare.ts';

interface Held {
  readonly bytes: Uint8Array;
  /** Proxies that refer to it. */
  users: number;
}

type Contents = Pick<MeshSnapshot, 'proxies' | 'resources'>;

/**
 * Puts a mesh's proxies together to snapshots that share what did not change. Per change it costs the proxies that changed, and
 * one copy of each of the two maps, of a pointer per proxy and per resource; sorting only when proxies come or go.
 */
export class Assembly {
  readonly #proxies = new Map<string, ProxySnapshot>();
  readonly #held = new Map<string, Held>();
  #isSorted = true;
  #made: Contents | undefined;

  /** What a proxy is as of the last `set`, if it is there. */
  get(name: string): ProxySnapshot | undefined {
    return this.#proxies.get(name);
  }

  set(name: string, { content, bytes }: CompiledProxy): void {
    const before = this.#proxies.get(name);
    if (before === content) return;
    this.#isSorted &&= before !== undefined;
    this.#proxies.set(name, content);
    for (const hash of hashesOf(content)) this.#hold(hash, bytes.get(hash));
    if (before !== undefined) this.#release(before);
    this.#made = undefined;
  }

  delete(name: string): void {
    const before = this.#proxies.get(name);
    if (before === undefined) return;
    this.#proxies.delete(name);
    this.#release(before);
    this.#made = undefined;
  }

  /** The proxies in the order of their names, and what they refer to; the same maps as long as nothing changes. */
  contents(): Contents {
    if (!this.#isSorted) {
      const sorted = [...this.#proxies].sort(([a], [b]) => compareText(a, b));
      this.#proxies.clear();
      for (const [name, proxy] of sorted) this.#proxies.set(name, proxy);
      this.#isSorted = true;
    }
    this.#made ??= {
      proxies: new Map(this.#proxies),
      resources: new Map(this.#held.entries().map(([hash, { bytes }]) => [hash, bytes])),
    };
    return this.#made;
  }

  #hold(hash: string, bytes: Uint8Array | undefined): void {
    const held = this.#held.get(hash);
    if (held !== undefined) held.users += 1;
    else if (bytes !== undefined) this.#held.set(hash, { bytes, users: 1 });
  }

  #release(proxy: ProxySnapshot): void {
    for (const hash of hashesOf(proxy)) {
      const held = this.#held.get(hash);
      if (held === undefined) continue;
      held.users -= 1;
      if (held.users === 0) this.#held.delete(hash);
    }
  }
}

/** Hashes of all resources of a proxy, each once. */
function hashesOf({ types }: ProxySnapshot): ReadonlySet<string> {
  return new Set(types.values().flatMap(({ references }) => references.values()));
}
