import { setImmediate } from 'node:timers/promises';
import type { DiagnosticsView, MeshDiagnostics } from '@meshwright/api';
import { type Compiled, compileInTurns, type PublishEvent } from '@meshwright/compiler';
import { type MeshKey, type MeshReplica, type MeshReplicas, meshId } from '@meshwright/model';
import { type MeshSnapshot, type SnapshotStore, SnapshotUnreadable } from '@meshwright/snapshot';

/**
 * How long a question waits for the publication that will answer it, in milliseconds. Compiling a mesh of 10,000 resources from
 * scratch takes some seconds of this process, the publication after a change a fraction of one.
 */
const PUBLICATION_WAIT_MILLIS = 5_000;

/** What telling of mistakes works with. */
export interface MeshDiagnosticsParts {
  readonly replicas: Pick<MeshReplicas, 'use'>;
  readonly snapshots: Pick<SnapshotStore, 'head' | 'read'>;
  /** Kept when the publications of a mesh that are under way are over; undefined when none is. */
  underWay(mesh: MeshKey): Promise<unknown> | undefined;
  /** Calls back once after `millis`, unless the returned function was called before. */
  setTimer(callback: () => void, millis: number): () => void;
}

/**
 * What the compiler found in each mesh: from its last publication, which is waited for where it is under way; compiled for the question
 * where nothing is to be published, as after a start, and where it takes too long or fails.
 */
export class LastDiagnostics implements DiagnosticsView {
  readonly #parts: MeshDiagnosticsParts;
  /** By mesh; as much as the publisher found, which the log holds, too. */
  readonly #last = new Map<string, MeshDiagnostics>();
  /** What is being found, by mesh: questions that come meanwhile share it. */
  readonly #finding = new Map<string, Promise<MeshDiagnostics | undefined>>();

  constructor(parts: MeshDiagnosticsParts) {
    this.#parts = parts;
  }

  /** Takes in what came of publishing a mesh. */
  published({ mesh, result }: PublishEvent): void {
    if (!('diagnostics' in result)) return;
    this.#last.set(meshId(mesh), { revision: result.version.n, diagnostics: result.diagnostics });
  }

  async diagnostics(mesh: MeshKey): Promise<MeshDiagnostics | undefined> {
    const asked = await this.#generation(mesh);
    if (asked === undefined) return undefined;
    const published = this.#reaching(mesh, asked);
    if (published !== undefined) return published;
    const underWay = this.#parts.underWay(mesh);
    if (underWay !== undefined) await this.#waitFor(underWay);
    return this.#reaching(mesh, asked) ?? (await this.#findReaching(mesh, asked));
  }

  /** What is known of a mesh, if that is of this generation or a later one. */
  #reaching(mesh: MeshKey, generation: bigint): MeshDiagnostics | undefined {
    const last = this.#last.get(meshId(mesh));
    return last !== undefined && last.revision >= generation ? last : undefined;
  }

  /** Where the mesh is; undefined when there is none. */
  #generation(mesh: MeshKey): Promise<bigint | undefined> {
    return this.#parts.replicas.use(mesh, async (replica) => {
      await replica.catchUp();
      if (isThere(mesh, replica)) return replica.generation;
      this.#last.delete(meshId(mesh));
      return undefined;
    });
  }

  async #waitFor(publication: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#parts.setTimer(late.resolve, PUBLICATION_WAIT_MILLIS);
    await Promise.race([publication, late.promise]);
    cancel();
  }

  async #findReaching(mesh: MeshKey, generation: bigint): Promise<MeshDiagnostics | undefined> {
    for (;;) {
      const found = await (this.#finding.get(meshId(mesh)) ?? this.#begin(mesh));
      // Another question may have begun before the state that this one asks for.
      if (found === undefined || found.revision >= generation) return found;
    }
  }

  #begin(mesh: MeshKey): Promise<MeshDiagnostics | undefined> {
    const finding = this.#find(mesh).finally(() => this.#finding.delete(meshId(mesh)));
    this.#finding.set(meshId(mesh), finding);
    return finding;
  }

  #find(mesh: MeshKey): Promise<MeshDiagnostics | undefined> {
    return this.#parts.replicas.use(mesh, async (replica) => {
      await replica.catchUp();
      if (!isThere(mesh, replica)) return undefined;
      const { snapshot, diagnostics } = await this.#compile(mesh, replica);
      const found = { revision: snapshot.version.n, diagnostics };
      // A publication may have found more meanwhile.
      const known = this.#reaching(mesh, found.revision);
      if (known === undefined) this.#last.set(meshId(mesh), found);
      return known ?? found;
    });
  }

  async #compile(mesh: MeshKey, replica: MeshReplica): Promise<Compiled> {
    const compiled = await compileNow(mesh, replica);
    if (compiled.work.failedProxies.length === 0) return compiled;
    // Whether a proxy on which the compiler fails keeps something is part of what is told of it.
    const earlier = await this.#served(meshId(mesh));
    return earlier === undefined ? compiled : await compileNow(mesh, replica, earlier);
  }

  async #served(mesh: string): Promise<MeshSnapshot | undefined> {
    try {
      const head = await this.#parts.snapshots.head(mesh);
      return head && (await this.#parts.snapshots.read(mesh, head.latest));
    } catch (cause) {
      if (cause instanceof SnapshotUnreadable) return undefined;
      throw cause;
    }
  }
}

function isThere({ mesh }: MeshKey, { view }: MeshReplica): boolean {
  return view.get({ kind: 'mesh', mesh, name: mesh }) !== undefined;
}

/** In turns with everything else the process does, as publications are: a large mesh takes seconds. */
function compileNow(mesh: MeshKey, { generation, view }: MeshReplica, earlier?: MeshSnapshot): Promise<Compiled> {
  return compileInTurns({ mesh, generation, contents: view }, { turn: () => setImmediate(), earlier });
}
