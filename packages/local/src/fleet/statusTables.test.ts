import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatusUnavailable } from '@meshwright/snapshot';
import { statusTableContract } from '@meshwright/snapshot/testing';
import { expect, it } from 'vitest';
import { MemoryStatusTable } from './memoryStatusTable.ts';
import { SqliteStatusTable } from './sqliteStatusTable.ts';

statusTableContract('memory', async (now) => {
  const table = new MemoryStatusTable(now);
  return { table, reopen: async () => table, close: async () => {} };
});

statusTableContract('SQLite', async (now) => {
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-status-'));
  const tables = [SqliteStatusTable.open(join(folder, 'status.db'), now)] as const;
  const others: SqliteStatusTable[] = [];
  return {
    table: tables[0],
    reopen: async () => {
      const other = SqliteStatusTable.open(join(folder, 'status.db'), now);
      others.push(other);
      return other;
    },
    async close() {
      for (const table of [...tables, ...others]) table.close();
      await rm(folder, { recursive: true });
    },
  };
});

it('a file that is no database cannot be used, and says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-status-'));
  const path = join(folder, 'status.db');
  await writeFile(path, 'no database, however one looks at it');
  expect(() => SqliteStatusTable.open(path, Date.now)).toThrow(StatusUnavailable);
  await rm(folder, { recursive: true });
});
