import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import {
  type ContentHash,
  contentHash,
  type EndpointQuery,
  encodeSnapshot,
  type Head,
  type HeldResource,
  type MeshSnapshot,
  type ProxySnapshot,
  type Published,
  readPublished,
  type SnapshotStore,
  type TypeSnapshot,
  typeVersion,
} from '@meshwright/snapshot';

/** Mesh of the tests. */
export const MESH = '123456789012/apps';

/** A proxy as tests write it: resource name → content, per type; left out = none of that type. */
export interface ProxyContent {
  readonly clusters?: Readonly<Record<string, string>>;
  readonly listeners?: Readonly<Record<string, string>>;
  readonly routes?: Readonly<Record<string, string>>;
  /** Clusters with endpoints from the source. */
  readonly endpoints?: readonly string[];
}

/** A snapshot whose resources are `Any`s with text in them. */
export function snapshotOf(n: number, proxies: Readonly<Record<string, ProxyContent>>, mesh = MESH): MeshSnapshot {
  const resources = new Map<ContentHash, Uint8Array>();
  const typeOf = (typeUrl: string, contents: Readonly<Record<string, string>>): TypeSnapshot => {
    const references = new Map(
      Object.entries(contents).map(([name, content]) => {
        const bytes = anyOf(typeUrl, `${name}=${content}`);
        const hash = contentHash(bytes);
        resources.set(hash, bytes);
        return [name, hash];
      }),
    );
    return { version: typeVersion(references), references };
  };
  const proxyOf = (content: ProxyContent): ProxySnapshot => ({
    types: new Map([
      [CLUSTER_TYPE, typeOf(CLUSTER_TYPE, content.clusters ?? {})],
      [LISTENER_TYPE, typeOf(LISTENER_TYPE, content.listeners ?? {})],
      [ROUTE_TYPE, typeOf(ROUTE_TYPE, content.routes ?? {})],
    ]),
    endpointQueries: new Map((content.endpoints ?? []).map((name): [string, EndpointQuery] => [name, { service: name }])),
    sources: new Map(),
  });
  return {
    mesh,
    version: { epoch: 1, n: BigInt(n), build: 1 },
    resources,
    proxies: new Map(Object.entries(proxies).map(([name, content]) => [name, proxyOf(content)])),
  };
}

/** A resource of such a snapshot as a list of held content has it. */
export function heldResource(typeUrl: string, name: string, content: string): HeldResource {
  return { typeUrl, name, hash: contentHash(anyOf(typeUrl, `${name}=${content}`)) };
}

/** A hand-written `google.protobuf.Any` around text. */
export function anyOf(typeUrl: string, text: string): Uint8Array {
  return Buffer.concat([lengthDelimited(1, typeUrl), lengthDelimited(2, text)]);
}

/** A hand-written field of a string, bytes or a message. */
export function lengthDelimited(field: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const head = [field * 8 + 2];
  for (let rest = bytes.length; ; rest >>>= 7) {
    head.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) return Buffer.concat([Buffer.from(head), bytes]);
  }
}

/** Older objects are collected, as a store's collector has it. */
const KEPT_OBJECTS = 3;

/** Snapshots in memory, under the control of a test: heads move when it says so, reads fail when it says so. */
export class ScriptedSnapshots implements SnapshotStore {
  readonly #objects = new Map<string, MeshSnapshot>();
  readonly #heads = new Map<string, Head>();
  readonly #watchers = new Set<() => void>();
  #rev = 0n;
  /** Set to make every `head` wait or fail. */
  headGate: (() => Promise<void>) | undefined;
  /** Set to make every `read` fail. */
  readFailure: Error | undefined;
  /** Set to make every `read` open the stored bytes as this leaves them. */
  damage: ((bytes: Uint8Array) => Uint8Array) | undefined;
  /** Set to have something nearer than the store. */
  lastGood?: NonNullable<SnapshotStore['lastGood']>;
  headReads = 0;
  reads = 0;

  get watchers(): number {
    return this.#watchers.size;
  }

  /** The list in every head that is put from now on. */
  held: readonly HeldResource[] | undefined;

  /** @param hidden the head moves without a word to the watchers, as a poll that is still to come would have it. */
  put(snapshot: MeshSnapshot, hidden = false): void {
    this.#rev += 1n;
    const key = `${this.#rev}`;
    const latest: Published = { version: snapshot.version, key, content: key };
    this.#objects.set(key, snapshot);
    const [oldest] = this.#objects.keys();
    if (this.#objects.size > KEPT_OBJECTS && oldest !== undefined) this.#objects.delete(oldest);
    this.#heads.set(snapshot.mesh, { mesh: snapshot.mesh, rev: this.#rev, latest, serving: latest, ...(this.held && { held: this.held }) });
    if (!hidden) for (const wake of [...this.#watchers]) wake();
  }

  /** Another list at the same version. */
  hold(held: readonly HeldResource[]): void {
    this.held = held;
    for (const [mesh, head] of this.#heads) {
      this.#rev += 1n;
      this.#heads.set(mesh, { ...head, rev: this.#rev, held });
    }
    for (const wake of [...this.#watchers]) wake();
  }

  /** A lagging reader: everything is told of a head that was replaced meanwhile. */
  lag(head: Head): void {
    this.#heads.set(head.mesh, head);
    for (const wake of [...this.#watchers]) wake();
  }

  async head(mesh: string): Promise<Head | undefined> {
    this.headReads += 1;
    await this.headGate?.();
    return this.#heads.get(mesh);
  }

  async publish(snapshot: MeshSnapshot): Promise<'published'> {
    this.put(snapshot);
    return 'published';
  }

  async read(mesh: string, published: Published): Promise<MeshSnapshot> {
    this.reads += 1;
    if (this.readFailure !== undefined) throw this.readFailure;
    const snapshot = this.#objects.get(published.key);
    if (snapshot === undefined) throw new Error(`no object ${published.key} of ${mesh}`);
    if (this.damage === undefined) return snapshot;
    const { bytes, key } = encodeSnapshot(snapshot);
    const { damage } = this;
    return await readPublished(async () => damage(bytes), mesh, { ...published, key });
  }

  async *watch(signal: AbortSignal): AsyncIterable<readonly Head[]> {
    while (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#watchers.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      yield [...this.#heads.values()];
      await promise;
      this.#watchers.delete(resolve);
    }
  }
}
