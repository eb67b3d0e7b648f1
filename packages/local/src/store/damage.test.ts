import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Resource } from '@meshwright/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteStore } from './sqliteStore.ts';

const mesh = { owner: '123456789012', mesh: 'apps' };
const info = { writeId: 'w', at: 1, author: 'a', source: 's' };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-damage-'));
  path = join(folder, 'mesh.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a store whose files are taken away while it is open', () => {
  it.each([
    ['its folder is deleted', () => rm(folder, { recursive: true }), 'mesh.db'],
    ['the database is deleted', () => rm(path), 'mesh.db'],
    ['the log is deleted', () => rm(`${path}-wal`), 'mesh.db-wal'],
    ['the database is moved away', () => rename(path, `${path}.old`), 'mesh.db'],
    ['a copy takes the place of the database', () => replaceByCopy(), 'mesh.db'],
  ])('acknowledges nothing more when %s, and says so', async (_, take, file) => {
    const store = SqliteStore.open(path);
    expect(await store.commit(mesh, 0n, [], info)).toMatchObject({ kind: 'committed' });
    await take();
    const refusal = { code: 'ServiceUnavailable', message: expect.stringContaining(`${join(folder, file)} was removed or replaced`) };
    await expect(store.commit(mesh, 1n, [], info)).rejects.toMatchObject({ ...refusal, isUndone: true });
    await expect(store.load(mesh)).rejects.toMatchObject(refusal);
    store.close();
  });
});

describe('a store that is damaged', () => {
  it('names the row that cannot be read, and reads the others', async () => {
    await makeNodes('a', 'b');
    exec(`UPDATE resources SET spec = '{"dns' WHERE name = 'a'`);
    const store = SqliteStore.open(path);
    const unreadable = {
      code: 'ServiceUnavailable',
      message: expect.stringMatching(/spec of virtualNode a in mesh apps is damaged.* restore/),
    };
    await expect(store.load(mesh)).rejects.toMatchObject(unreadable);
    await expect(store.get(mesh, node('a').ref)).rejects.toMatchObject(unreadable);
    expect(await store.get(mesh, node('b').ref)).toEqual(node('b'));
    store.close();
  });

  it('is to be restored, not to be tried again, when a page turns out to be garbage', async () => {
    await makeNodes('a', 'b');
    const { rootpage } = read(`SELECT rootpage FROM sqlite_schema WHERE name = 'resources'`);
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(7, (Number(rootpage) - 1) * 4096, Number(rootpage) * 4096));
    const store = SqliteStore.open(path);
    await expect(store.load(mesh)).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      isUndone: true,
      message: expect.stringMatching(/mesh\.db is damaged \(.*\): stop the server and restore it/),
    });
    store.close();
  });

  it('is refused when tables are missing, and not held', async () => {
    SqliteStore.open(path).close();
    exec('DROP TABLE tokens');
    expect(() => SqliteStore.open(path)).toThrow(
      expect.objectContaining({ reason: 'notADatabase', message: expect.stringMatching(/no such table.* restore it/) }),
    );
    exec('PRAGMA user_version = 1');
  });
});

function node(name: string): Resource<'virtualNode'> {
  const metadata = { arn: '', uid: name, version: 1, createdAt: 1, lastUpdatedAt: 1, meshOwner: mesh.owner, resourceOwner: mesh.owner };
  return { ref: { kind: 'virtualNode', mesh: mesh.mesh, name }, spec: {}, metadata, tags: [] };
}

async function makeNodes(...names: readonly string[]): Promise<void> {
  const store = SqliteStore.open(path);
  const changes = names.map((name) => ({ ref: node(name).ref, after: node(name) }));
  await store.commit(mesh, 0n, changes, info);
  store.close();
}

async function replaceByCopy(): Promise<void> {
  await writeFile(`${path}.copy`, 'another file');
  await rename(`${path}.copy`, path);
}

function exec(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function read(sql: string): Readonly<Record<string, unknown>> {
  const database = new DatabaseSync(path);
  const row = database.prepare(sql).get() ?? {};
  database.close();
  return row;
}
