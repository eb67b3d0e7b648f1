import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type MeshStore, MeshWriter, type WriteRequest, type WriteResult } from '@meshwright/model';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { SqliteStore } from './sqliteStore.ts';

const EFFORT = inject('effort');
const mesh = { owner: '123456789012', mesh: 'apps' };
const keepCommitting = fileURLToPath(new URL('testing/keepCommitting.ts', import.meta.url));

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-killed-'));
  path = join(folder, 'mesh.db');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a process that is killed', () => {
  const rounds = 50 * EFFORT;

  it(
    `loses nothing it acknowledged, leaves no half commit and no lock, at ${rounds} moments of its commits`,
    async () => {
      let acknowledged = 0n;
      for (let round = 0; round < rounds; round++) {
        // Spread over what a commit takes, which is some milliseconds.
        acknowledged = (await killedAfter(1 + (round % 4), (round * 137) % 5_000)) ?? acknowledged;
        acknowledged = await expectWhole(acknowledged);
      }
      expect(acknowledged).toBeGreaterThan(BigInt(rounds));
    },
    60_000 * EFFORT,
  );

  it('keeps others out while it lives', async () => {
    const { child, lines } = startCommitting();
    const exit = once(child, 'exit');
    try {
      await lines.next();
      expect(() => SqliteStore.open(path)).toThrow(expect.objectContaining({ reason: 'inUse' }));
    } finally {
      child.kill('SIGKILL');
      await exit;
    }
    SqliteStore.open(path).close();
  });
});

function startCommitting() {
  // What the first one compiled, the others need not: most of such a short life is its start.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const child = spawn(process.execPath, [keepCommitting, path], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, lines };
}

/** Kills the process some microseconds after its n-th acknowledgement was read; answers the last one it gave. */
async function killedAfter(commits: number, micros: number): Promise<bigint | undefined> {
  const { child, lines } = startCommitting();
  const exit = once(child, 'exit');
  let last: bigint | undefined;
  for (let count = 1; ; count++) {
    const { done, value } = await lines.next();
    if (done) break;
    last = BigInt(value);
    if (count !== commits) continue;
    // No timer is as fine as a commit is short.
    const moment = performance.now() + micros / 1_000;
    while (performance.now() < moment);
    child.kill('SIGKILL');
  }
  expect(await exit).toEqual([null, 'SIGKILL']);
  return last;
}

/** Checks all that is in the file against the last acknowledgement, and answers the generation it is at. */
async function expectWhole(acknowledged: bigint): Promise<bigint> {
  const store = SqliteStore.open(path);
  const state = await store.load(mesh);
  const log = (await store.changesSince(mesh, 0n)) ?? [];
  const generation = state?.generation ?? 0n;
  // More than was read as acknowledged is legal: what was printed after it, and one that was stored and killed before it could say so.
  expect([acknowledged, acknowledged + 1n]).toContain(generation);
  expect(log.map((row) => row.generation)).toEqual(Array.from({ length: Number(generation) }, (_, index) => BigInt(index + 1)));
  expect(state?.resources.map(({ ref, metadata }) => [ref.name, metadata.version]).sort()).toEqual(
    ['a', 'b', 'c'].map((name) => [name, Number(generation)]),
  );
  expect(await store.token(`token-${generation}`, 1)).toBeDefined();
  expect(await store.token(`token-${generation + 1n}`, 1)).toBeUndefined();
  store.close();
  return generation;
}

describe('the files as they lie before and after each call of a write to its store', () => {
  it('have all that was acknowledged, and take what the client sends again as if nothing had ended', async () => {
    const acknowledged: WriteResult[] = [];
    const left: { readonly path: string; readonly acknowledged: number }[] = [];
    // The files at this moment are what a kill leaves: the operating system has all that was written, and the lock goes with the process.
    const leave = async (): Promise<void> => {
      const copy = join(folder, String(left.length));
      await mkdir(copy);
      for (const file of ['mesh.db', 'mesh.db-wal']) await copyFile(join(folder, file), join(copy, file));
      left.push({ path: join(copy, 'mesh.db'), acknowledged: acknowledged.length });
    };
    const store = SqliteStore.open(path);
    const writer = writerOn(aroundEachCall(store, leave));
    for (const request of requests) {
      acknowledged.push(await writer.write(request));
      await leave();
    }
    store.close();
    // For each write what it read, its token and the commit, before and after, and its answer.
    expect(left.length).toBeGreaterThanOrEqual(requests.length * 6);
    for (const moment of left) await expectGoesOn(moment.path, acknowledged, moment.acknowledged);
  });
});

const node = { kind: 'virtualNode', mesh: mesh.mesh, name: 'a' } as const;
const requests: readonly WriteRequest[] = [
  { action: 'create', ref: { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh } } as const,
  { action: 'create', ref: node, spec: {} } as const,
  { action: 'update', ref: node, spec: { backends: [] } } as const,
  { action: 'create', ref: { ...node, name: 'b' }, spec: {} } as const,
].map((change, index) => ({
  mesh,
  changes: [change],
  writeId: `w${index}`,
  author: 'tests',
  source: 'Test',
  token: { key: `t${index}`, bodyHash: 'h' },
}));

function writerOn(store: MeshStore): MeshWriter {
  const identity = { account: mesh.owner, region: 'us-east-1', partition: 'aws' };
  return new MeshWriter({
    store,
    identity,
    now: () => 1_000,
    monotonic: () => 0,
    newUid: () => crypto.randomUUID(),
    random: () => 0,
    sleep: async () => {},
  });
}

function aroundEachCall(store: MeshStore, around: () => Promise<void>): MeshStore {
  return new Proxy(store, {
    get:
      (target, method) =>
      async (...parameters: unknown[]) => {
        await around();
        const answer: unknown = await Reflect.apply(Reflect.get(target, method), target, parameters);
        await around();
        return answer;
      },
  });
}

async function expectGoesOn(path: string, results: readonly WriteResult[], acknowledged: number): Promise<void> {
  const store = SqliteStore.open(path);
  const known = (await store.changesSince(mesh, 0n)) ?? [];
  expect(await store.generation(mesh)).toBe(BigInt(known.length));
  expect([acknowledged, acknowledged + 1]).toContain(known.length);
  const writer = writerOn(store);
  for (const [index, request] of requests.entries()) {
    const { replayed, generation, answers } = await writer.write({ ...request, writeId: `again-${index}` });
    expect(replayed).toBe(index < known.length);
    if (index < acknowledged) expect(answers).toEqual(results[index]?.answers);
    expect(generation).toBe(BigInt(Math.max(index + 1, known.length)));
  }
  const names = (await store.load(mesh))?.resources.map(({ ref, metadata }) => `${ref.name} ${metadata.version}`);
  expect(names?.toSorted()).toEqual(['a 2', 'apps 1', 'b 1']);
  store.close();
}
