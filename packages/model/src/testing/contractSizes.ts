/** How much the contract does, for media that take their time. */
export interface ContractSizes {
  /** Resources of a large mesh; at least 1,001 unless the medium is very slow. */
  readonly resources: number;
  /** Commits of each of 10 and of 32 writers at once. */
  readonly writesPerWriter: number;
  /** Commits that go on while the mesh is loaded or listed. */
  readonly commitsMeanwhile: number;
  /** Random histories, multiplied by the effort. */
  readonly histories: number;
}

/** For media that are as fast as memory, or a file. */
export const DEFAULT_SIZES: ContractSizes = { resources: 1_100, writesPerWriter: 3, commitsMeanwhile: 40, histories: 25 };
