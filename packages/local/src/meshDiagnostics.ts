import type { DiagnosticsView, MeshDiagnostics } from '@meshwright/api';
import { type Compiled, compile, type PublishEvent } from '@meshwright/compiler';
import { type MeshKey, type MeshReplica, type MeshReplicas, meshId } from '@meshwright/model';
import { type MeshSnapshot, type SnapshotStore, SnapshotUnreadable } from '@meshwright/snapshot';

/** What telling of mistakes works with. */
export interface MeshDiagnosticsParts {
  readonly replicas: Pick<MeshReplicas, 'use'>;
  readonly snapshots: Pick<SnapshotStore, 'head' | 'read'>;
}

/**
 * What the compiler found in each mesh: from its last publication when that is of the newest state, compiled for the question when
 * not, as after a start that had nothing to publish.
 */
export class LastDiagnostics implements DiagnosticsView {
  readonly #parts: MeshDiagnosticsParts;
  /** By mesh; as much as the publisher found, which the log holds, too. */
  readonly #last = new Map<string, MeshDiagnostics>();

  constructor(parts: MeshDiagnosticsParts) {
    this.#parts = parts;
  }

  /** Takes in what came of publishing a mesh. */
  published({ mesh, result }: PublishEvent): void {
    if (!('diagnostics' in result)) return;
    this.#last.set(meshId(mesh), { revision: result.version.n, diagnostics: result.diagnostics });
  }

  async diagnostics(mesh: MeshKey): Promise<MeshDiagnostics | undefined> {
    const id = meshId(mesh);
    return await this.#parts.replicas.use(mesh, async (replica) => {
      await replica.catchUp();
      if (replica.view.get({ kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh }) === undefined) {
        this.#last.delete(id);
        return undefined;
      }
      const last = this.#last.get(id);
      if (last?.revision === replica.generation) return last;
      const { snapshot, diagnostics } = await this.#compile(mesh, replica);
      const found = { revision: snapshot.version.n, diagnostics };
      this.#last.set(id, found);
      return found;
    });
  }

  async #compile(mesh: MeshKey, replica: MeshReplica): Promise<Compiled> {
    const compiled = compileNow(mesh, replica);
    if (compiled.work.failedProxies.length === 0) return compiled;
    // Whether a proxy on which the compiler fails keeps something is part of what is told of it.
    const earlier = await this.#served(meshId(mesh));
    return earlier === undefined ? compiled : compileNow(mesh, replica, earlier);
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

/** Without waiting for anything: a replica may be brought further whenever something is waited for. */
function compileNow(mesh: MeshKey, { generation, view }: MeshReplica, earlier?: MeshSnapshot): Compiled {
  return compile({ mesh, generation, contents: view }, 1, undefined, earlier);
}
