import type { Diagnostic, MeshKey } from '@meshwright/model';

// What `/v1` answers of a mesh's mistakes, member by member: these names are read by programs and stay.

/** One mistake in a mesh, as it is answered. */
export interface DiagnosticAnswer extends Omit<Diagnostic, 'ref'> {
  /** The resource as its ARN ends, such as `mesh/apps/virtualNode/a`; `mesh/apps` for the mesh itself. */
  readonly resource: string;
}

/** All mistakes of one mesh at one revision. */
export interface MeshDiagnostics {
  /** The mesh's generation that these were found in. */
  readonly revision: bigint;
  /** In any order: the answer has its own. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Where the API learns what is wrong in a mesh; whoever compiles has it. */
export interface DiagnosticsView {
  /** The mistakes in a mesh as it was when asked, or newer, published or not; undefined when there is no such mesh. */
  diagnostics(mesh: MeshKey): Promise<MeshDiagnostics | undefined>;
}
