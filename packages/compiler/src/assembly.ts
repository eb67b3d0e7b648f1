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
  #bodyBytes = 0;
  #indexBytes = 0;

  /** What the larger part of the stored mesh takes, in bytes: its resources, each once, or all references to them. */
  get sizeBytes(): number {
    return Math.max(this.#bodyBytes, this.#indexBytes);
  }

  set(name: string, { content, bytes }: CompiledProxy): void {
    const before = this.get(name);
    if (before === content) return;
    this.#changedProxies.set(name, content);
    for (const hash of hashesOf(content)) this.#hold(hash, bytes);
    this.#indexBytes += indexBytesOf(content);
    if (before !== undefined) this.#release(before);
  }

  delete(name: string): void {
    const before = this.get(name);
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

  /** A proxy as it was set last. */
  get(name: string): ProxySnapshot | undefined {
    return this.#changedProxies.has(name) ? this.#changedProxies.get(name) : this.#proxies.get(name);
  }

  /** What a proxy gets, in bytes, whoever else gets it too. */
  bytesOf(name: string): number {
    const content = this.get(name);
    if (content === undefined) return 0;
    return [...hashesOf(content)].reduce((sum, hash) => sum + (this.#resource(hash)?.length ?? 0), indexBytesOf(content));
  }

  #hold(hash: string, bytes: ReadonlyMap<string, Uint8Array>): void {
    const users = this.#users.get(hash) ?? 0;
    this.#users.set(hash, users + 1);
    if (users > 0) return;
    const body = bytes.get(hash);
    this.#changedResources.set(hash, body);
    this.#bodyBytes += body?.length ?? 0;
  }

  #resource(hash: string): Uint8Array | undefined {
    return this.#changedResources.has(hash) ? this.#changedResources.get(hash) : this.#resources.get(hash);
  }

  #release(proxy: ProxySnapshot): void {
    this.#indexBytes -= indexBytesOf(proxy);
    for (const hash of hashesOf(proxy)) {
      const users = this.#users.get(hash) ?? 0;
      if (users > 1) this.#users.set(hash, users - 1);
      else {
        this.#users.delete(hash);
        this.#bodyBytes -= this.#resource(hash)?.length ?? 0;
        this.#changedResources.set(hash, undefined);
      }
    }
  }
}

/** About what a proxy takes in the index: the name, the place of the resource and the place of its source for each reference. */
function indexBytesOf({ types }: ProxySnapshot): number {
  const names = types.values().flatMap(({ references }) => references.keys());
  return names.reduce((sum, name) => sum + name.length + REFERENCE_BYTES, 0);
}

const REFERENCE_BYTES = 24;

/** Hashes of all resources of a proxy, each once. */
function hashesOf({ types }: ProxySnapshot): ReadonlySet<string> {
  return new Set(types.values().flatMap(({ references }) => references.values()));
}
