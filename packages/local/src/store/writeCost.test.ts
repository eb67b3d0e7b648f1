import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatementSync } from 'node:sqlite';
import type { MeshWriter, RequestedChange } from '@meshwright/model';
import { writerOn } from '@meshwright/model/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SqliteStore } from './sqliteStore.ts';

// Work is counted, not timed: what a write costs in a small mesh it costs in a large one, on any machine.

/** Commits that fill a mesh, and those that are counted. */
const FILLS = 20;
const WRITES = 20;
const mesh = { owner: '123456789012', mesh: 'apps' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-write-cost-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** What some writes had SQLite do. */
interface Work {
  readonly statements: number;
  readonly rowsRead: number;
  readonly bytesWritten: number;
}

it('a write costs a mesh of 1,000 resources what it costs one of 20: statements, rows read and bytes written', async () => {
  const [small, large] = [await costIn(20), await costIn(1_000)];
  expect(large.warm.statements).toBe(small.warm.statements);
  expect(large.warm.rowsRead).toBe(small.warm.rowsRead);
  // Whole pages are written, and where their borders lie is chance.
  expect(large.warm.bytesWritten).toBeLessThan(small.warm.bytesWritten * 1.25);
  // Only who does not know the mesh yet reads all of it: this also shows that the counters count.
  expect(large.first.rowsRead - small.first.rowsRead).toBe(980);
});

/** The work of a process's first write to a mesh of so many nodes, and of those that follow. */
async function costIn(nodes: number): Promise<{ readonly first: Work; readonly warm: Work }> {
  const path = join(folder, `${nodes}.db`);
  const filled = SqliteStore.open(path);
  await fill(writerOn(filled), nodes);
  // Empties the write-ahead log, so that it grows by what is written from here on.
  filled.close();
  const store = SqliteStore.open(path);
  try {
    const writer = writerOn(store);
    const first = await workOf(path, () => update(writer, 0));
    const warm = await workOf(path, async () => {
      for (let n = 1; n <= WRITES; n++) await update(writer, n);
    });
    return { first, warm };
  } finally {
    store.close();
  }
}

async function workOf(path: string, work: () => Promise<void>): Promise<Work> {
  const [run, get, all] = [
    vi.spyOn(StatementSync.prototype, 'run'),
    vi.spyOn(StatementSync.prototype, 'get'),
    vi.spyOn(StatementSync.prototype, 'all'),
  ];
  const before = await sizeOf(`${path}-wal`);
  await work();
  const counted = {
    statements: [run, get, all].reduce((sum, { mock }) => sum + mock.calls.length, 0),
    rowsRead:
      get.mock.results.filter(({ value }) => value !== undefined).length +
      all.mock.results.reduce((sum, { value }) => sum + (value as readonly unknown[]).length, 0),
    bytesWritten: (await sizeOf(`${path}-wal`)) - before,
  };
  vi.restoreAllMocks();
  return counted;
}

async function fill(writer: MeshWriter, nodes: number): Promise<void> {
  await write(writer, 'mesh', [{ action: 'create', ref: { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh } }]);
  const creates = Array.from({ length: nodes }, (_, n): RequestedChange => ({ action: 'create', ref: nodeRef(n), spec: {} }));
  // As many commits in each mesh: how much of the log is looked at for what has expired must not differ.
  const each = nodes / FILLS;
  for (let n = 0; n < FILLS; n++) await write(writer, `fill-${n}`, creates.slice(n * each, (n + 1) * each));
}

function update(writer: MeshWriter, n: number): Promise<void> {
  const spec = { serviceDiscovery: { dns: { hostname: `host${n}.local` } } };
  return write(writer, `update-${n}`, [{ action: 'update', ref: nodeRef(7), spec }]);
}

async function write(writer: MeshWriter, writeId: string, changes: readonly RequestedChange[]): Promise<void> {
  await writer.write({ mesh, changes, writeId, author: 'tests', source: 'Test' });
}

function nodeRef(n: number) {
  return { kind: 'virtualNode', mesh: mesh.mesh, name: `node${n}` } as const;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}
