import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import type { Change } from '@meshwright/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectSqliteFile } from './inspection.ts';
import { SqliteStore } from './sqliteStore.ts';

const mesh = { owner: '123456789012', mesh: 'apps' };
const info = { writeId: 'w3', at: 3_000, author: 'tests', source: 'Test' };

/** What the first version made of its file, word for word: such files are in use. */
const FORMAT_1 = `
  PRAGMA application_id = ${0x4d657368};
  CREATE TABLE meta (format INTEGER NOT NULL) STRICT;
  CREATE TABLE generations (
    owner TEXT NOT NULL, mesh TEXT NOT NULL, generation INTEGER NOT NULL,
    PRIMARY KEY (owner, mesh)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE resources (
    owner TEXT NOT NULL, mesh TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL,
    spec TEXT NOT NULL, metadata TEXT NOT NULL, tags TEXT NOT NULL,
    PRIMARY KEY (owner, mesh, kind, parent, name)
  ) STRICT;
  CREATE INDEX existing_meshes ON resources (owner, name) WHERE kind = 'mesh';
  CREATE TABLE log (
    owner TEXT NOT NULL, mesh TEXT NOT NULL, generation INTEGER NOT NULL,
    write_id TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, source TEXT NOT NULL, message TEXT, changes TEXT NOT NULL,
    PRIMARY KEY (owner, mesh, generation)
  ) STRICT;
  CREATE TABLE tokens (
    key TEXT NOT NULL PRIMARY KEY, body_hash TEXT NOT NULL, answer TEXT NOT NULL, uid TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX expiring_tokens ON tokens (expires_at);
  INSERT INTO meta VALUES (1);
`;

const metadata = { arn: 'arn', uid: 'u', version: 1, createdAt: 1, lastUpdatedAt: 1, meshOwner: mesh.owner, resourceOwner: mesh.owner };
const after = {
  ref: { kind: 'virtualNode', mesh: 'apps', name: 'a' },
  spec: { listeners: [] },
  metadata,
  tags: [{ key: 'k', value: 'v' }],
} as const;
const created: readonly Change[] = [{ ref: after.ref, after }];

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-formats-'));
  path = join(folder, 'mesh.db');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a store file of format 1', () => {
  it('has everything after it was opened, and takes more', async () => {
    makeFormat1();
    const store = SqliteStore.open(path);
    const state = { mesh, generation: 2n, resources: [after] };
    expect(await store.load(mesh)).toEqual(state);
    const rows = [
      { ...info, writeId: 'w1', generation: 1n, changes: created },
      { ...info, writeId: 'w2', message: 'why', generation: 2n, changes: [] },
    ];
    expect(await store.changesSince(mesh, 0n)).toEqual(rows);
    expect(await store.token('t', 1)).toEqual({ key: 't', bodyHash: 'h', answer: after, expiresAt: 5_000 });
    await store.commit(mesh, 2n, [{ ref: after.ref, before: after }], info);
    store.close();
    const reopened = SqliteStore.open(path);
    expect(await reopened.changesSince(mesh, 0n)).toEqual([
      ...rows,
      { ...info, generation: 3n, changes: [{ ref: after.ref, before: after }] },
    ]);
    reopened.close();
    expect(read('SELECT format FROM meta')).toEqual([{ format: 2 }]);
  });

  it('is read through without being changed', async () => {
    makeFormat1();
    const bytes = await readFile(path);
    expect(inspectSqliteFile(path)).toEqual([{ ...mesh, generation: 2n }]);
    expect(await readFile(path)).toEqual(bytes);
  });
});

describe('a log row', () => {
  it('is kept as text when short, compressed when long', async () => {
    const store = SqliteStore.open(path);
    const long = { ...after, tags: Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: 'value'.repeat(50) })) };
    await store.commit(mesh, 0n, created, info);
    await store.commit(mesh, 1n, [{ ref: long.ref, before: after, after: long }], info);
    store.close();
    expect(read('SELECT typeof(changes) AS type, length(changes) < 1000 AS isSmall FROM log')).toEqual([
      { type: 'text', isSmall: 1 },
      { type: 'blob', isSmall: 1 },
    ]);
  });

  it('is named when it is damaged', async () => {
    const store = SqliteStore.open(path);
    await store.commit(mesh, 0n, created, info);
    store.close();
    for (const garbage of [Buffer.from('no gzip'), gzipSync('{"half').subarray(0, 12), gzipSync('{"half'), '[{']) {
      const database = new DatabaseSync(path);
      database.prepare('UPDATE log SET changes = ?').run(garbage);
      database.close();
      const damaged = SqliteStore.open(path);
      await expect(damaged.changesSince(mesh, 0n)).rejects.toMatchObject({
        code: 'ServiceUnavailable',
        message: expect.stringMatching(/commit 1 of mesh apps is damaged.* restore/),
      });
      damaged.close();
    }
  });
});

function makeFormat1(): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; ${FORMAT_1}`);
  database.prepare('INSERT INTO generations VALUES (?, ?, ?)').run(mesh.owner, mesh.mesh, 2);
  const texts = [after.spec, after.metadata, after.tags].map((value) => JSON.stringify(value));
  database.prepare('INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(mesh.owner, mesh.mesh, 'virtualNode', '', 'a', ...texts);
  const append = database.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  append.run(mesh.owner, mesh.mesh, 1, 'w1', info.at, info.author, info.source, null, JSON.stringify(created));
  append.run(mesh.owner, mesh.mesh, 2, 'w2', info.at, info.author, info.source, 'why', '[]');
  database.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?)').run('t', 'h', JSON.stringify(after), metadata.uid, 5_000);
  database.close();
}

function read(sql: string): readonly unknown[] {
  const database = new DatabaseSync(path);
  const rows = database
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }));
  database.close();
  return rows;
}
