import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { folderName } from '@meshwright/snapshot';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { FileSnapshots } from './fileSnapshots.ts';

const MESH = '123456789012/apps';
const KILLS = 10 * inject('effort');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-crash-'));
});
afterEach(() => rm(folder, { recursive: true }));

it(`points to a readable object and never goes back, killed ${KILLS} times while it publishes`, { timeout: 6_000 * KILLS }, async () => {
  for (let kill = 0; kill < KILLS; kill++) {
    // The moment is what the kill is about: anywhere in the writing that follows the first publishes.
    const told = await publishUntilKilled(3, Math.random() * 25);
    const store = await FileSnapshots.open(folder);
    const head = await store.head(MESH);
    if (head === undefined) throw new Error('the head is gone');
    expect(head.rev, `after kill ${kill}`).toBeGreaterThanOrEqual(told);
    expect(head.latest.version.n).toBe(head.rev);
    expect((await store.read(MESH, head.latest)).proxies.size).toBe(20);
    const names = await readdir(join(folder, folderName(MESH)));
    expect(names.filter((name) => name !== 'head.json' && !name.endsWith('.snapshot'))).toEqual([]);
    // The head, 50 objects, and the one that a kill right after the head's move left: the next publish removes it.
    expect(names.length).toBeLessThanOrEqual(52);
  }
});

/** Answers the last rev that the child told before it died. */
async function publishUntilKilled(publishes: number, moreMillis: number): Promise<bigint> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./testing/publishLoop.ts', import.meta.url)), folder, MESH], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  let told = 0n;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    told = BigInt(line);
    lines += 1;
    if (lines === publishes) void after(moreMillis).then(() => child.kill('SIGKILL'));
  }
  expect((await gone)[1]).toBe('SIGKILL');
  return told;
}
