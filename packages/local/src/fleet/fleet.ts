import type { FleetView, FleetWatch, ProxyDetails, ProxyStatus, ServedContent, UnknownNode } from '@meshwright/api';
import { type MeshKey, meshId } from '@meshwright/model';
import type { Sessions } from '@meshwright/relay';
import {
  type SessionStatus,
  type SessionSummary,
  type SnapshotStore,
  type StatusTable,
  StatusUnavailable,
  withoutLeft,
} from '@meshwright/snapshot';
import { FleetWatches, type SetTimer } from './fleetWatches.ts';
import { proxyDetails, proxyStatus, unknownNode } from './proxyStatus.ts';
import { ServedVersions } from './servedVersions.ts';

/** Other relays' news come through the table; whoever waits looks there this often, in milliseconds. */
const POLL_MILLIS = 1_000;

/** What a fleet is told of by. */
export interface FleetParts {
  /** Of the relay in this process. */
  readonly sessions: Sessions;
  /** What all relays report to. */
  readonly table: StatusTable;
  readonly snapshots: Pick<SnapshotStore, 'head' | 'read'>;
  readonly setTimer: SetTimer;
  /** Told when the table could not be read: only this process's own streams are answered then. */
  readonly onFailure: (cause: unknown) => void;
}

/**
 * All proxies of all relays: this process's own as they are, the others' as their relays reported last. A proxy that left one
 * relay for another is told of once.
 */
export class Fleet implements FleetView {
  readonly #parts: FleetParts;
  readonly #watches: FleetWatches;
  readonly #served: ServedVersions;
  readonly #leave: () => void;
  /** Whether another relay was seen: before that there is nothing to look for in the table. */
  #hasOthers = false;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#watches = new FleetWatches(parts.setTimer);
    this.#served = new ServedVersions(parts.snapshots);
    this.#leave = parts.sessions.subscribe(({ mesh }) => mesh !== undefined && this.#watches.changed(mesh));
  }

  /** A mesh has newer content. */
  published(mesh: MeshKey): void {
    this.#watches.changed(meshId(mesh));
  }

  /** All of a mesh, each proxy once unless it has several streams open. */
  async sessions(mesh: MeshKey): Promise<readonly SessionSummary[]> {
    const id = meshId(mesh);
    const others = await this.#others((table) => table.sessions(id));
    return withoutLeft([...this.#parts.sessions.all(id), ...others]);
  }

  async proxies(mesh: MeshKey): Promise<readonly ProxyStatus[]> {
    return (await this.sessions(mesh)).flatMap((session) => proxyStatus(session) ?? []);
  }

  async proxy(mesh: MeshKey, id: string): Promise<readonly ProxyDetails[]> {
    const key = { mesh: meshId(mesh), id };
    const own = this.#parts.sessions.get(key);
    const others = await this.#others((table) => table.sessions(key.mesh));
    const all = withoutLeft([...(own === undefined ? [] : [own]), ...others.filter((session) => session.id === id)]);
    return all.flatMap((session) => proxyDetails(session) ?? []);
  }

  async unknownNodes(): Promise<readonly UnknownNode[]> {
    const others = await this.#others((table) => table.silent());
    return withoutLeft([...this.#parts.sessions.all(), ...others]).flatMap((session) => unknownNode(session) ?? []);
  }

  served(mesh: MeshKey): Promise<ServedContent | undefined> {
    return this.#served.of(meshId(mesh));
  }

  watch(mesh: MeshKey, millis: number): FleetWatch {
    return this.#watches.watch(meshId(mesh), millis, this.#hasOthers ? POLL_MILLIS : undefined);
  }

  /** Follows the relay no longer. */
  close(): void {
    this.#leave();
  }

  async #others(read: (table: StatusTable) => Promise<readonly SessionStatus[]>): Promise<readonly SessionStatus[]> {
    const { table, sessions, onFailure } = this.#parts;
    try {
      const others = (await read(table)).filter(({ relay }) => relay !== sessions.relay);
      this.#hasOthers ||= others.length > 0;
      return others;
    } catch (cause) {
      if (!(cause instanceof StatusUnavailable)) throw cause;
      onFailure(cause);
      return [];
    }
  }
}
