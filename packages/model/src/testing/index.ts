export { type Probe, probesOf, readBack, restOf, WITH_PORTS } from './apiModel/probes.ts';
export { limitsOf, type ModelPath, modelOperations, modelPaths, shapeOf } from './apiModel/shapes.ts';
export { wordingFault } from './apiModel/wording.ts';
export { type FailingStore, type Failure, failingStore } from './failingStore.ts';
export { type MeshStoreSetup, meshStoreContract } from './storeContract.ts';
export { writerOn } from './writers.ts';
