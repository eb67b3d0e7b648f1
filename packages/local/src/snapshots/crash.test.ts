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

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshwright-crash-'));
  folder = join(root, 'snapshots');
});
afterEach(() => rm(root, { recursive: true }));

it(`points to a readable object and never goes back, killed ${KILLS} times while it publishes`, { timeout: 6_000 * KILLS }, async () => {
  let last = 0n;
  for (let kill = 0; kill < KILLS; kill++) {
    // While it opens the folder and publishes for the first time, or anywhere in the writing that follows.
    const publishes = kill % 3;
    const told = await publishUntilKilled(publishes, publishes === 0 ? (kill * 97) % 300 : (kill * 7) % 25);
    const store = await FileSnapshots.open(folder);
    const head = await store.head(MESH);
    if (head === undefined) {
      expect([last, told], 'the head is gone').toEqual([0n, 0n]);
      continue;
    }
    expect(head.rev, `after kill ${kill}`).toBeGreaterThanOrEqual(last);
    last = head.rev;
    expect(head.rev, `after kill ${kill}`).toBeGreaterThanOrEqual(told);
    expect(head.latest.version.n).toBe(head.rev);
    expect((await store.read(MESH, head.latest)).proxies.size).toBe(20);
    const names = await readdir(join(folder, folderName(MESH)));
    expect(names.filter((name) => name !== 'head.json' && !name.endsWith('.snapshot'))).toEqual([]);
    // The head, 50 objects, and the one that a kill right after the head's move left: the next publish removes it.
    expect(names.length).toBeLessThanOrEqual(52);
  }
});

/** Kills the child some milliseconds after so many publishes, or after its start. Answers the last rev that the child told before it died. */
async function publishUntilKilled(publishes: number, moreMillis: number): Promise<bigint> {
  // What the first one compiled, the others need not: most of such a short life is its start.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'compiled') };
  const loop = fileURLToPath(new URL('./testing/publishLoop.ts', import.meta.url));
  const child = spawn(process.execPath, [loop, folder, MESH], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const gone = once(child, 'exit');
  const killSoon = (): void => void after(moreMillis).then(() => child.kill('SIGKILL'));
  if (publishes === 0) child.once('spawn', killSoon);
  let told = 0n;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    told = BigInt(line);
    lines += 1;
    if (lines === publishes) killSoon();
  }
  expect((await gone)[1]).toBe('SIGKILL');
  return told;
}
