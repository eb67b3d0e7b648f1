import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Program } from '../process/program.ts';
import { isAlive, startOf } from '../setup/lock.mjs';
import { inSteps } from '../setup/steps.ts';
import { childrenOf, npmStart, type Ready, ready } from './npmStart.ts';

/** The processes of one `npm start`. */
interface Family {
  readonly npm: number;
  readonly launcher: number;
  readonly server: number;
}

/** A server that is asked to end closes its streams within 10 s; the launcher's bound is the same. */
const GONE_MILLIS = 15_000;

let folder: string;
let started: Program;
let serving: Ready;
let meshes = 0;

inSteps();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-ending-'));
  started = npmStart(['--api-port', '0', '--xds-port', '0', '--data', folder]);
  serving = await ready(started);
});
afterAll(async () => {
  await started[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

// Each takes the place of the one before: same ports, same folder, at once.
test.each<[string, (family: Family) => void, number | null]>([
  ['SIGINT to npm', ({ npm }) => process.kill(npm, 'SIGINT'), 0],
  ['SIGTERM to npm', ({ npm }) => process.kill(npm, 'SIGTERM'), 0],
  ['SIGKILL to npm', ({ npm }) => process.kill(npm, 'SIGKILL'), null],
  ['SIGKILL to the launcher', ({ launcher }) => process.kill(launcher, 'SIGKILL'), null],
  ['SIGKILL to the server', ({ server }) => process.kill(server, 'SIGKILL'), 137],
  ['Ctrl-C, which reaches npm and the launcher', ({ npm, launcher }) => [npm, launcher].map((pid) => process.kill(pid, 'SIGINT')), 0],
])('after %s nothing is left but the data', async (_, end, status) => {
  const family = familyOf(started);
  const since = startOf(family.server);
  meshes += 1;
  expect(await createMesh(`mesh-${meshes}`)).toBe(200);
  end(family);
  expect((await started.ended).status).toBe(status);
  started = npmStart(['--api-port', `${serving.apiPort}`, '--xds-port', `${serving.xdsPort}`, '--data', folder]);
  serving = await ready(started);
  await gone(family.server, since);
  expect(await meshCount()).toBe(meshes);
});

function familyOf({ pid: npm }: Program): Family {
  const [launcher = 0] = childrenOf(npm);
  const [server = 0] = childrenOf(launcher);
  return { npm, launcher, server };
}

async function createMesh(meshName: string): Promise<number> {
  const body = JSON.stringify({ meshName });
  return (await fetch(`${serving.apiUrl}/v20190125/meshes`, { method: 'PUT', body, headers: { 'content-type': 'application/json' } }))
    .status;
}

async function meshCount(): Promise<number> {
  const { meshes: found } = (await (await fetch(`${serving.apiUrl}/v20190125/meshes`)).json()) as { meshes: unknown[] };
  return found.length;
}

async function gone(pid: number, since: string): Promise<void> {
  // The system has no event for the end of a process that is not one's child.
  await expect.poll(() => isAlive(pid, since), { timeout: GONE_MILLIS }).toBe(false);
}
