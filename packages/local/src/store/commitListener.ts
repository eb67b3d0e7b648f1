import type { MeshKey } from '@meshwright/model';

/** Told after each commit of an embedded store, in the order of the commits of one mesh. */
export interface CommitListener {
  /** Must not throw: the commit is durable already. */
  readonly onCommit?: (row: { readonly mesh: MeshKey; readonly generation: bigint }) => void;
}
