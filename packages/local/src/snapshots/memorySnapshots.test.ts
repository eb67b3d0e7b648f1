import { type ObjectAccess, snapshotStoreContract } from '@meshwright/snapshot/testing';
import { MemorySnapshots, type SnapshotMemory } from './memorySnapshots.ts';

snapshotStoreContract('memory', async () => {
  const memory: SnapshotMemory = { heads: new Map(), objects: new Map() };
  const objectsOf = (mesh: string): Map<string, Uint8Array> => memory.objects.get(mesh) ?? new Map();
  const objects: ObjectAccess = {
    keys: async (mesh) => [...objectsOf(mesh).keys()],
    get: async (mesh, key) => objectsOf(mesh).get(key) ?? Promise.reject(new Error(`no object ${key}`)),
    put: async (mesh, key, bytes) => void objectsOf(mesh).set(key, bytes),
    remove: async (mesh, key) => void objectsOf(mesh).delete(key),
  };
  return {
    store: new MemorySnapshots(memory),
    objects,
    reopen: async () => new MemorySnapshots(memory),
    dying: { skipped: 'memory does not outlive the process that dies' },
    rewinding: { skipped: 'who writes the heads holds them, and who watches them ends with it' },
    failWatchReads: { skipped: 'a change is told by who makes it: nothing is read that could fail' },
    close: async () => {},
  };
});
