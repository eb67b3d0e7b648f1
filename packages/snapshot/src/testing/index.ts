export { type ObjectAccess, type SnapshotStoreSetup, snapshotStoreContract } from './contract.ts';
export { FailingSnapshots, type SnapshotFault } from './failingSnapshots.ts';
export { sampleSnapshot } from './sampleSnapshot.ts';
