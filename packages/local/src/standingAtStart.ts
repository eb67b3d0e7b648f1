import { setImmediate } from 'node:timers/promises';
import type { DiagnosticsView, MeshDiagnostics } from '@meshwright/api';
import type { MeshKey } from '@meshwright/model';

/** Goes through what stands in meshes until it is closed. */
export interface StandingAtStart {
  /** Ends with the mesh that is being looked at. */
  close(): Promise<void>;
}

/** What stands in a mesh, or why that cannot be told now. */
export type StandingFound = MeshDiagnostics | { readonly cause: unknown };

/**
 * Finds what stands in meshes of which nothing was published since the start, one after the other: each takes as long as compiling
 * it, and others are answered in between.
 */
export function tellStanding(
  meshes: readonly MeshKey[],
  view: DiagnosticsView,
  tell: (mesh: MeshKey, found: StandingFound) => void,
): StandingAtStart {
  let closed = false;
  const run = async (): Promise<void> => {
    for (const mesh of meshes) {
      await setImmediate();
      if (closed) return;
      const found = await view.diagnostics(mesh).catch((cause: unknown) => ({ cause }));
      if (found !== undefined) tell(mesh, found);
    }
  };
  const running = run();
  return {
    async close() {
      closed = true;
      await running;
    },
  };
}
