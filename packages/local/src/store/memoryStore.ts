import {
  type Change,
  type CommitInfo,
  type CommitOutcome,
  encodeCommit,
  type Kind,
  type LogRow,
  type MeshKey,
  type MeshState,
  type MeshStore,
  meshId,
  type Page,
  type PageRequest,
  type Ref,
  type Resource,
  type TokenClaim,
  type TokenRecord,
} from '@meshwright/model';
import type { CommitListener } from './commitListener.ts';
import { expiredOf, expiryAt, follows, type LogRetention, PRUNED_PER_COMMIT } from './retention.ts';

/** Settings of a `MemoryStore`. */
export interface MemoryStoreOptions extends CommitListener, LogRetention {
  /**
   * Makes a commit visible item by item, as DynamoDB does: called before each item of a commit or of a load,
   * so that others run in between. Absent: a commit is visible at once.
   */
  readonly betweenItems?: () => Promise<void>;
}

interface StoredMesh {
  readonly key: MeshKey;
  /** Decided by the last accepted commit; its items may not all be visible yet. */
  decided: bigint;
  /** What a plain read of the generation row sees. */
  visible: bigint;
  readonly resources: Map<string, Resource>;
  readonly log: LogRow[];
}

/** `MeshStore` in memory, for tests: gone with the process, otherwise as `SqliteStore`. */
export class MemoryStore implements MeshStore {
  readonly #options: MemoryStoreOptions;
  readonly #meshes = new Map<string, StoredMesh>();
  readonly #tokens = new Map<string, TokenRecord>();

  constructor(options: MemoryStoreOptions = {}) {
    this.#options = options;
  }

  async get<K extends Kind>(mesh: MeshKey, ref: Ref<K>): Promise<Resource<K> | undefined> {
    return this.#meshes.get(meshId(mesh))?.resources.get(itemKey(ref)) as Resource<K> | undefined;
  }

  async list<K extends Kind>(mesh: MeshKey, kind: K, parent: string | undefined, page: PageRequest): Promise<Page<Resource<K>>> {
    const stored = this.#meshes.get(meshId(mesh))?.resources.values() ?? [];
    const found = Array.from(stored).filter(({ ref }) => ref.kind === kind && ref.parent === parent);
    return pageOf(found as Resource[] as Resource<K>[], page);
  }

  async listMeshes(owner: string, page: PageRequest): Promise<Page<Resource<'mesh'>>> {
    return pageOf(this.#meshesOf(owner), page);
  }

  async meshCount(owner: string): Promise<number> {
    return this.#meshesOf(owner).length;
  }

  async meshes(): Promise<readonly MeshKey[]> {
    return Array.from(this.#meshes.values(), ({ key }) => key);
  }

  async generation(mesh: MeshKey): Promise<bigint> {
    return this.#meshes.get(meshId(mesh))?.visible ?? 0n;
  }

  async commit(mesh: MeshKey, expected: bigint, changes: readonly Change[], info: CommitInfo): Promise<CommitOutcome> {
    encodeCommit(changes, info.token);
    const decided = this.#meshes.get(meshId(mesh))?.decided ?? 0n;
    if (decided !== expected) return { kind: 'behind' };
    if (info.token && this.#isTaken(info.token, info.at)) return { kind: 'tokenTaken' };
    const stored = this.#mesh(mesh);
    const generation = expected + 1n;
    stored.decided = generation;
    await this.#show(stored, generation, changes, info);
    this.#options.onCommit?.({ mesh, generation });
    return { kind: 'committed', generation };
  }

  /**
   * Imitates how a mesh is loaded from DynamoDB, so that with `betweenItems` whoever uses a store meets here, without a table, what
   * happens there: it reads between two looks at a settled generation, and sets right from the log what was read too early.
   */
  async load(mesh: MeshKey): Promise<MeshState | undefined> {
    const stored = this.#meshes.get(meshId(mesh));
    if (stored === undefined) return undefined;
    for (;;) {
      const opened = await this.#settled(stored);
      const items = await this.#read(stored.resources);
      const closed = await this.#settled(stored);
      const since = stored.log.filter(({ generation }) => generation > opened && generation <= closed);
      // What expired while the items were read cannot set them right any more.
      if (!follows(since, opened)) continue;
      for (const { changes } of since) putChanges(items, changes);
      return { mesh: stored.key, generation: closed, resources: [...items.values()] };
    }
  }

  async changesSince(mesh: MeshKey, generation: bigint): Promise<readonly LogRow[] | undefined> {
    const { decided, log } = this.#meshes.get(meshId(mesh)) ?? { decided: 0n, log: [] };
    if (generation > decided) return undefined;
    const rows = log.filter((row) => row.generation > generation);
    return follows(rows, generation) ? rows : undefined;
  }

  async token(key: string, now: number): Promise<TokenRecord | undefined> {
    const record = this.#tokens.get(key);
    return record !== undefined && record.expiresAt > now ? record : undefined;
  }

  /** Nothing to close; here so that embedded stores can be swapped. */
  close(): void {}

  #meshesOf(owner: string): readonly Resource<'mesh'>[] {
    const owned = [...this.#meshes.values()].filter(({ key }) => key.owner === owner);
    const found = owned.flatMap(({ resources }) => [...resources.values()]).filter(({ ref }) => ref.kind === 'mesh');
    return found as Resource[] as Resource<'mesh'>[];
  }

  async #read(resources: ReadonlyMap<string, Resource>): Promise<Map<string, Resource>> {
    const items = new Map<string, Resource>();
    for (const key of [...resources.keys()]) {
      if (this.#options.betweenItems) await this.#options.betweenItems();
      const item = resources.get(key);
      if (item !== undefined) items.set(key, item);
    }
    return items;
  }

  #mesh(key: MeshKey): StoredMesh {
    const id = meshId(key);
    const stored = this.#meshes.get(id) ?? { key, decided: 0n, visible: 0n, resources: new Map(), log: [] };
    this.#meshes.set(id, stored);
    return stored;
  }

  #isTaken(claim: TokenClaim, now: number): boolean {
    const live = this.#tokens.get(claim.key);
    return live !== undefined && live.expiresAt > now && live.answer.metadata.uid !== claim.replaces;
  }

  async #show(stored: StoredMesh, generation: bigint, changes: readonly Change[], info: CommitInfo): Promise<void> {
    const { betweenItems } = this.#options;
    const { token, ...asked } = info;
    for (const change of changes) {
      if (betweenItems) await betweenItems();
      putChanges(stored.resources, [change]);
    }
    if (betweenItems) await betweenItems();
    stored.log.push({ ...asked, generation, changes });
    stored.log.splice(0, expiredOf(stored.log.slice(0, PRUNED_PER_COMMIT), expiryAt(info.at, this.#options)).length);
    if (token) this.#tokens.set(token.key, recordOf(token));
    if (betweenItems) await betweenItems();
    stored.visible = generation;
  }

  async #settled(stored: StoredMesh): Promise<bigint> {
    while (stored.visible !== stored.decided) await this.#options.betweenItems?.();
    return stored.visible;
  }
}

function putChanges(items: Map<string, Resource>, changes: readonly Change[]): void {
  for (const { ref, after } of changes) {
    if (after === undefined) items.delete(itemKey(ref));
    else items.set(itemKey(ref), after);
  }
}

function recordOf({ key, bodyHash, answer, expiresAt }: TokenRecord): TokenRecord {
  return { key, bodyHash, answer, expiresAt };
}

function itemKey({ kind, parent = '', name }: Ref): string {
  return `${kind}\0${parent}\0${name}`;
}

function pageOf<T extends Resource>(found: readonly T[], { limit, after }: PageRequest): Page<T> {
  const sorted = found
    .filter(({ ref }) => after === undefined || compareBytes(ref.name, after) > 0)
    .sort((a, b) => compareBytes(a.ref.name, b.ref.name));
  const items = sorted.slice(0, limit);
  const last = items.at(-1);
  return sorted.length > limit && last !== undefined ? { items, next: last.ref.name } : { items };
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
