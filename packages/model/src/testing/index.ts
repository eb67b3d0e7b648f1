export { type FailingStore, type Failure, failingStore } from './failingStore.ts';
export { type MeshStoreSetup, meshStoreContract } from './storeContract.ts';
