import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meshStoreContract } from '@meshwright/model/testing';
import { SqliteStore } from './sqliteStore.ts';

meshStoreContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-store-'));
  const path = join(folder, 'mesh.db');
  let store = SqliteStore.open(path);
  return {
    store,
    async reopen() {
      store.close();
      store = SqliteStore.open(path);
      return store;
    },
    async close() {
      store.close();
      await rm(folder, { recursive: true });
    },
  };
});
