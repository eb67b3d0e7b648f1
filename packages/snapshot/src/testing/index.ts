export type { ObjectAccess, Rewinding, Skipped, SnapshotStoreSetup } from './contract/setup.ts';
export { type ContractOptions, snapshotStoreContract } from './contract.ts';
export { FailingSnapshots, type SnapshotFault } from './failingSnapshots.ts';
export { sampleSnapshot } from './sampleSnapshot.ts';
export { type StatusTableSetup, sampleSession, statusTableContract } from './statusTableContract.ts';
