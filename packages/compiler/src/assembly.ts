import type { MeshSnapshot, ProxySnapshot } from '@meshwright/snapshot';
import { LayeredMap } from './layeredMap.ts';
import type { CompiledProxy } from './proxyUnit.ts';

type Contents = Pick<MeshSnapshot, 'proxies' | 'resources'>;

/** Puts a mesh's proxies together to snapshots that share what did not change, at the cost of the proxies that did. */
export class Assembly {
  #proxies = new LayeredMap<ProxySnapshot>();
  #resources = new LayeredMap<Uint8Array>();
  /** What the next snapshot has otherwise than the last; undefined = no more. */
  #changedProxies = new Map<string, ProxySnapshot | undefined>();
  #changedResources = new Map<string, Uint8Array | undefined>();
  /** How many proxies refer to each resource. */
  readonly #users = new Map<string, number>();

  set(name: string, { content, bytes }: CompiledProxy): void {
    const before = this.#get(name);
    if (before === content) return;
    this.#changedProxies.set(name, content);
    for (const hash of hashesOf(content)) this.#hold(hash, bytes);
    if (before !== undefined) this.#release(before);
  }

  delete(name: string): void {
    const before = this.#get(name);
    if (before === undefined) return;
    this.#changedProxies.set(name, undefined);
    this.#release(before);
  }

  /** The proxies and what they refer to; the same maps as long as nothing changes. */
  contents(): Contents {
    if (this.#changedProxies.size > 0) this.#proxies = this.#proxies.with(this.#changedProxies);
    if (this.#changedResources.size > 0) this.#resources = this.#resources.with(this.#changedResources);
    this.#changedProxies = new Map();
    this.#changedResources = new Map();
    return { proxies: this.#proxies, resources: this.#resources };
  }

  #get(name: string): ProxySnapshot | undefined {
    return this.#changedProxies.has(name) ? this.#changedProxies.get(name) : this.#proxies.get(name);
  }

  #hold(hash: string, bytes: ReadonlyMap<string, Uint8Array>): void {
    const users = this.#users.get(hash) ?? 0;
    this.#users.set(hash, users + 1);
    if (users === 0) this.#changedResources.set(hash, bytes.get(hash));
  }

  #release(proxy: ProxySnapshot): void {
    for (const hash of hashesOf(proxy)) {
      const users = this.#users.get(hash) ?? 0;
      if (users > 1) this.#users.set(hash, users - 1);
      else {
        this.#users.delete(hash);
        this.#changedResources.set(hash, undefined);
      }
    }
  }
}

/** Hashes of all resources of a proxy, each once. */
function hashesOf({ types }: ProxySnapshot): ReadonlySet<string> {
  return new Set(types.values().flatMap(({ references }) => references.values()));
}
