export { type BootstrapOptions, envoyBootstrap } from './bootstrap.ts';
export { loadSample } from './sample.ts';
export { type LocalListener, type LocalOptions, type LocalServer, startLocal } from './server.ts';
export { FileSnapshots } from './snapshots/fileSnapshots.ts';
export { MemorySnapshots } from './snapshots/memorySnapshots.ts';
export { StartFailed } from './startFailed.ts';
export type { CommitListener } from './store/commitListener.ts';
export { MemoryStore } from './store/memoryStore.ts';
export { SqliteStore } from './store/sqliteStore.ts';
