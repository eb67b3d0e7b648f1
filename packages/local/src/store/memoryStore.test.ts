import { setImmediate } from 'node:timers/promises';
import { type MeshStoreSetup, meshStoreContract } from '@meshwright/model/testing';
import { MemoryStore, type MemoryStoreOptions } from './memoryStore.ts';

meshStoreContract('memory', () => setup({}));
meshStoreContract('memory, commits visible item by item', () => setup({ betweenItems: () => setImmediate() }));

async function setup(options: MemoryStoreOptions): Promise<MeshStoreSetup> {
  const store = new MemoryStore(options);
  // The medium is the store itself: nothing outlives it.
  return { store, reopen: async () => store, close: async () => undefined };
}
