import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteFile } from './sqliteFile.ts';
import { SqliteStore } from './sqliteStore.ts';

const mesh = { owner: '123456789012', mesh: 'apps' };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-file-'));
  path = join(folder, 'mesh.db');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a store file', () => {
  it.each([
    ['a text file', async () => writeFile(path, 'not a database, only text '.repeat(200))],
    ["another program's database", async () => foreignDatabase('CREATE TABLE theirs (x)')],
    ['a damaged file', async () => writeFile(path, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5000, 7)]))],
  ])('that is %s is refused and left as it is', async (_, make) => {
    await make();
    const bytes = await readFile(path);
    expect(() => SqliteStore.open(path)).toThrow(
      expect.objectContaining({ reason: 'notADatabase', message: expect.stringContaining(path) }),
    );
    expect(await readFile(path)).toEqual(bytes);
  });

  it('of a newer format is refused and left as it is', async () => {
    SqliteStore.open(path).close();
    const database = new DatabaseSync(path);
    database.exec('UPDATE meta SET format = 3');
    database.close();
    const bytes = await readFile(path);
    expect(() => SqliteStore.open(path)).toThrow(
      expect.objectContaining({ reason: 'newerFormat', message: expect.stringMatching(/format 3 .* formats 1 to 2/) }),
    );
    expect(await readFile(path)).toEqual(bytes);
  });

  it.each(['new', 'there already'])('that is %s is synced with every commit, so that a power cut takes none', (which) => {
    if (which === 'there already') openSqliteFile(path).close();
    const database = openSqliteFile(path);
    // 2 is FULL.
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('in a folder that does not exist is out of reach', () => {
    expect(() => SqliteStore.open(join(folder, 'none', 'mesh.db'))).toThrow(expect.objectContaining({ reason: 'unreachable' }));
  });

  it('serves one store at a time', async () => {
    const store = SqliteStore.open(path);
    expect(() => SqliteStore.open(path)).toThrow(expect.objectContaining({ reason: 'inUse' }));
    expect(await store.generation(mesh)).toBe(0n);
    store.close();
    SqliteStore.open(path).close();
  });

  it('answers that it is unavailable once it is closed', async () => {
    const store = SqliteStore.open(path);
    store.close();
    await expect(store.generation(mesh)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await expect(store.commit(mesh, 0n, [], { writeId: 'w', at: 1, author: 'a', source: 's' })).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      isUndone: true,
    });
  });
});

function foreignDatabase(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
