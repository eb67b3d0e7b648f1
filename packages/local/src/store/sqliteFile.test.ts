import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { SqliteStore } from './sqliteStore.ts';

const EFFORT = inject('effort');
const mesh = { owner: '123456789012', mesh: 'apps' };
const keepCommitting = fileURLToPath(new URL('testing/keepCommitting.ts', import.meta.url));

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

describe('a process that is killed', () => {
  it(
    'loses nothing it acknowledged, leaves no half commit and no lock',
    async () => {
      let acknowledged = 0n;
      for (const commits of Array.from({ length: EFFORT }, () => [1, 2, 3, 5, 8, 13, 21, 34, 3, 1]).flat()) {
        acknowledged = (await killedAfter(commits)) ?? acknowledged;
        await expectWhole(acknowledged);
      }
      expect(acknowledged).toBeGreaterThan(80n);
    },
    60_000 * EFFORT,
  );

  it('keeps others out while it lives', async () => {
    const { child, lines } = startCommitting();
    await lines.next();
    expect(() => SqliteStore.open(path)).toThrow(expect.objectContaining({ reason: 'inUse' }));
    child.kill('SIGKILL');
    await once(child, 'exit');
    SqliteStore.open(path).close();
  }, 20_000);
});

function startCommitting() {
  const child = spawn(process.execPath, [keepCommitting, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, lines };
}

/** Kills the process at whatever it does when its n-th acknowledgement is read; answers the last one it gave. */
async function killedAfter(commits: number): Promise<bigint | undefined> {
  const { child, lines } = startCommitting();
  const exit = once(child, 'exit');
  let last: bigint | undefined;
  for (let count = 1; ; count++) {
    const { done, value } = await lines.next();
    if (done) break;
    last = BigInt(value);
    if (count === commits) child.kill('SIGKILL');
  }
  expect(await exit).toEqual([null, 'SIGKILL']);
  return last;
}

async function expectWhole(acknowledged: bigint): Promise<void> {
  const store = SqliteStore.open(path);
  const state = await store.load(mesh);
  const log = (await store.changesSince(mesh, 0n)) ?? [];
  const generation = state?.generation ?? 0n;
  // One more than acknowledged is legal: it was stored, and killed before it could say so.
  expect([acknowledged, acknowledged + 1n]).toContain(generation);
  expect(log.map((row) => row.generation)).toEqual(Array.from({ length: Number(generation) }, (_, index) => BigInt(index + 1)));
  expect(state?.resources.map(({ ref, metadata }) => [ref.name, metadata.version]).sort()).toEqual(
    ['a', 'b', 'c'].map((name) => [name, Number(generation)]),
  );
  expect(await store.token(`token-${generation}`, 1)).toBeDefined();
  expect(await store.token(`token-${generation + 1n}`, 1)).toBeUndefined();
  store.close();
}
