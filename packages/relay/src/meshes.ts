import type { Head, SnapshotStore } from '@meshwright/snapshot';
import { HeldContent } from './heldContent.ts';
import { ServedMesh } from './servedMesh.ts';
import type { RelaySettings } from './settings.ts';

/** Follows one mesh on behalf of a stream. What it throws would keep the news from others: it must not throw. */
export interface MeshListener {
  /** Another version is in service, by a newer head; also called soon after `follow` when there is one already. */
  updated(view: ServedMesh): void;
  /** The store knows no snapshot of the mesh, yet. */
  missing(reason: string): void;
}

interface MeshesParts {
  readonly snapshots: SnapshotStore;
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  readonly settings: RelaySettings;
  readonly onUnreadable: (mesh: string, reason: string) => void;
}

/** A mesh that streams follow. */
export interface FollowedMesh {
  readonly mesh: string;
  readonly listeners: Set<MeshListener>;
  view?: ServedMesh;
  /** What the view was made of. */
  loaded?: Head;
  /** The newest head heard of. */
  newest?: Head;
  /** Set once a head read has found nothing. */
  absent?: string;
  loading?: Promise<boolean>;
  reading?: Promise<boolean>;
  cancelRetry?: () => void;
  cancelRelease?: () => void;
}

/**
 * The meshes in service: loaded at their first stream, one decoded snapshot each, kept current by watching the heads, released
 * when nobody has followed them for a while. A snapshot that cannot be read leaves the last good one in service.
 */
export class Meshes {
  readonly #parts: MeshesParts;
  readonly #entries = new Map<string, FollowedMesh>();
  /** Newest heads of meshes that were released: a reader that lags must not lead those that come back to an older one. */
  readonly #released = new Map<string, Head>();
  readonly #stopped = new AbortController();
  #watching = false;
  #cancelRewatch: (() => void) | undefined;

  constructor(parts: MeshesParts) {
    this.#parts = parts;
  }

  /** Number of meshes in memory. */
  get size(): number {
    return this.#entries.size;
  }

  /** @returns what `refresh` and `leave` are to be called with. */
  follow(mesh: string, listener: MeshListener): FollowedMesh {
    this.#watch();
    const entry = this.#entries.get(mesh) ?? this.#enter(mesh);
    entry.cancelRelease?.();
    entry.listeners.add(listener);
    if (!this.#entries.has(mesh)) {
      this.#entries.set(mesh, entry);
      void this.#readHead(entry);
    } else if (entry.view !== undefined) listener.updated(entry.view);
    else if (entry.absent !== undefined) listener.missing(entry.absent);
    return entry;
  }

  /** Ends the watch and every timer; nothing is loaded any more. */
  stop(): void {
    this.#stopped.abort();
    this.#cancelRewatch?.();
    for (const entry of this.#entries.values()) this.#drop(entry);
  }

  #enter(mesh: string): FollowedMesh {
    const newest = this.#released.get(mesh);
    this.#released.delete(mesh);
    return { mesh, listeners: new Set(), ...(newest && { newest }) };
  }

  /** Reads the head again; resolves to true once what it names is in service, to false when that could not be had. */
  refresh(entry: FollowedMesh): Promise<boolean> {
    // A read that began before the question may miss what the asker has seen, so it joins the next one, not the running one.
    return entry.reading === undefined ? this.#readHead(entry) : entry.reading.then(() => entry.reading ?? this.#readHead(entry));
  }

  leave(entry: FollowedMesh, listener: MeshListener): void {
    if (!entry.listeners.delete(listener) || entry.listeners.size > 0 || this.#stopped.signal.aborted) return;
    entry.cancelRelease?.();
    entry.cancelRelease = this.#parts.setTimer(() => this.#drop(entry), this.#parts.settings.idleMeshMillis);
  }

  #drop(entry: FollowedMesh): void {
    entry.cancelRelease?.();
    entry.cancelRetry?.();
    delete entry.view;
    this.#entries.delete(entry.mesh);
    if (entry.newest !== undefined) this.#released.set(entry.mesh, entry.newest);
  }

  #watch(): void {
    if (this.#watching || this.#stopped.signal.aborted) return;
    this.#watching = true;
    void this.#followHeads().then(
      () => this.#rewatch('the watch ended'),
      (error: unknown) => this.#rewatch(messageOf(error)),
    );
  }

  async #followHeads(): Promise<void> {
    for await (const heads of this.#parts.snapshots.watch(this.#stopped.signal)) {
      for (const head of heads) {
        const entry = this.#entries.get(head.mesh);
        if (entry !== undefined) void Promise.resolve(this.#offer(entry, head));
      }
    }
  }

  #rewatch(reason: string): void {
    this.#watching = false;
    if (this.#stopped.signal.aborted) return;
    for (const { mesh } of this.#entries.values()) this.#parts.onUnreadable(mesh, `heads: ${reason}`);
    this.#cancelRewatch = this.#parts.setTimer(() => this.#watch(), this.#parts.settings.retryMillis);
  }

  #readHead(entry: FollowedMesh): Promise<boolean> {
    const reading = this.#parts.snapshots.head(entry.mesh).then(
      (head) => this.#headRead(entry, head),
      (error: unknown) => this.#failed(entry, `head: ${messageOf(error)}`),
    );
    entry.reading = reading.finally(() => {
      delete entry.reading;
    });
    return entry.reading;
  }

  #headRead(entry: FollowedMesh, head: Head | undefined): Promise<boolean> | boolean {
    if (head !== undefined) return this.#offer(entry, head);
    if (entry.newest !== undefined) return this.#offer(entry, entry.newest);
    entry.absent = `mesh ${entry.mesh} has no snapshot`;
    for (const listener of [...entry.listeners]) listener.missing(entry.absent);
    return true;
  }

  /** Takes a head if it is newer than what is known; true once the newest known one is in service. */
  #offer(entry: FollowedMesh, head: Head): Promise<boolean> | boolean {
    if (entry.newest === undefined || head.rev > entry.newest.rev) entry.newest = head;
    if (entry.newest === entry.loaded) return true;
    entry.loading ??= this.#load(entry);
    return entry.loading;
  }

  async #load(entry: FollowedMesh): Promise<boolean> {
    // Never done before it has returned: `loading` is set by then, and cleared in the same turn in which the loop ends.
    await Promise.resolve();
    try {
      while (entry.newest !== undefined && entry.newest !== entry.loaded) if (!(await this.#serve(entry, entry.newest))) return false;
      return true;
    } finally {
      delete entry.loading;
    }
  }

  /** Puts what a head names into service; false when it cannot be read, or nobody follows the mesh any more. */
  async #serve(entry: FollowedMesh, head: Head): Promise<boolean> {
    let view: ServedMesh;
    try {
      view = await this.#read(entry, head);
    } catch (error) {
      return this.#failed(entry, messageOf(error));
    }
    if (this.#entries.get(entry.mesh) !== entry) return false;
    entry.view = view;
    entry.loaded = head;
    entry.cancelRetry?.();
    for (const listener of [...entry.listeners]) listener.updated(view);
    return true;
  }

  async #read({ mesh, view, loaded }: FollowedMesh, { serving, rev, held: list }: Head): Promise<ServedMesh> {
    const { version, key } = serving;
    const held = HeldContent.of(list, view?.held ?? HeldContent.NONE);
    if (view !== undefined && loaded?.serving.key === key) return view.withVersion(version, rev, held);
    const before = view === undefined || loaded === undefined ? undefined : { key: loaded.serving.key, snapshot: view.snapshot };
    return ServedMesh.of({ ...(await this.#parts.snapshots.read(mesh, serving, before)), version }, rev, view, held);
  }

  /**
   * Better than nothing, while nothing can be read: what was kept nearer than the store. It is not taken for the newest: who comes with
   * a version that is not known waits for the head all the same.
   */
  async #serveLastGood(entry: FollowedMesh): Promise<void> {
    const last = await this.#parts.snapshots.lastGood?.(entry.mesh);
    if (last === undefined || entry.view !== undefined || this.#entries.get(entry.mesh) !== entry) return;
    const { head, snapshot } = last;
    entry.view = ServedMesh.of(snapshot, head.rev, undefined);
    entry.loaded = head;
    for (const listener of [...entry.listeners]) listener.updated(entry.view);
  }

  #failed(entry: FollowedMesh, reason: string): false {
    if (this.#stopped.signal.aborted || this.#entries.get(entry.mesh) !== entry) return false;
    this.#parts.onUnreadable(entry.mesh, reason);
    if (entry.view === undefined) void this.#serveLastGood(entry);
    entry.cancelRetry?.();
    entry.cancelRetry = this.#parts.setTimer(() => void this.#readHead(entry), this.#parts.settings.retryMillis);
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
