import type { MeshSnapshot, ProxySnapshot } from '@meshwright/snapshot';
import type { CompiledProxy } from './proxyUnit.ts';
import { compareText } from './resolve/compare.ts';

type Contents = Pick<MeshSnapshot, 'proxies' | 'resources'>;

/**
 * Puts a mesh's proxies together to snapshots that share what did not change. Per change it costs the proxies that changed, and
 * one copy of each of the two maps, of a pointer per proxy and per resource; sorting only when proxies come.
 */
export class Assembly {
  /** What the last snapshot has, until something changes: then copies of it, which nobody else has yet. */
  #proxies = new Map<string, ProxySnapshot>();
  #resources = new Map<string, Uint8Array>();
  #isShared = false;
  #isSorted = true;
  /** How many proxies refer to each resource. */
  readonly #users = new Map<string, number>();

  set(name: string, { content, bytes }: CompiledProxy): void {
    const before = this.#proxies.get(name);
    if (before === content) return;
    this.#own();
    this.#isSorted &&= before !== undefined;
    this.#proxies.set(name, content);
    for (const hash of hashesOf(content)) this.#hold(hash, bytes);
    if (before !== undefined) this.#release(before);
  }

  delete(name: string): void {
    const before = this.#proxies.get(name);
    if (before === undefined) return;
    this.#own();
    this.#proxies.delete(name);
    this.#release(before);
  }

  /** The proxies in the order of their names, and what they refer to; the same maps as long as nothing changes. */
  contents(): Contents {
    if (!this.#isSorted) this.#proxies = new Map([...this.#proxies].sort(([a], [b]) => compareText(a, b)));
    this.#isSorted = true;
    this.#isShared = true;
    return { proxies: this.#proxies, resources: this.#resources };
  }

  #own(): void {
    if (!this.#isShared) return;
    this.#proxies = new Map(this.#proxies);
    this.#resources = new Map(this.#resources);
    this.#isShared = false;
  }

  #hold(hash: string, bytes: ReadonlyMap<string, Uint8Array>): void {
    const users = this.#users.get(hash) ?? 0;
    this.#users.set(hash, users + 1);
    const resource = bytes.get(hash);
    if (users === 0 && resource !== undefined) this.#resources.set(hash, resource);
  }

  #release(proxy: ProxySnapshot): void {
    for (const hash of hashesOf(proxy)) {
      const users = this.#users.get(hash) ?? 0;
      if (users > 1) this.#users.set(hash, users - 1);
      else {
        this.#users.delete(hash);
        this.#resources.delete(hash);
      }
    }
  }
}

/** Hashes of all resources of a proxy, each once. */
function hashesOf({ types }: ProxySnapshot): ReadonlySet<string> {
  return new Set(types.values().flatMap(({ references }) => references.values()));
}
