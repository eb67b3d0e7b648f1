import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { type LocalServer, loadSample, startLocal } from '@meshwright/local';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NODE_ID, ROUTES } from './controlPlane.ts';
import { Fleet } from './fleet.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

let folder: string;
let server: LocalServer;
let fleet: Fleet;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-clock-'));
  // The wall clock alone: what bounds a wait goes by one that only rises.
  vi.useFakeTimers({ toFake: ['Date'] });
  server = await startLocal({ apiPort: 0, xdsPort: 0, dataFolder: folder });
  await loadSample(server.apiUrl);
  fleet = new Fleet(5, { port: Number(server.xdsPort), nodeId: NODE_ID, routes: ROUTES, random: Math.random });
});
afterEach(async () => {
  fleet.close();
  await server.close();
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

async function change(weight: number): Promise<void> {
  const path = '/v20190125/meshes/apps/virtualRouter/serviceb-router/routes/serviceb-route';
  const weightedTargets = [
    { virtualNode: 'serviceb', weight: 100 },
    { virtualNode: 'servicebv2', weight },
  ];
  const body = JSON.stringify({ spec: { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } } });
  expect((await fetch(`${server.apiUrl}${path}`, { method: 'PUT', body })).status).toBe(200);
}

it('a wall clock that jumps back and forth stops no change, and repeats none', async () => {
  await fleet.until('everything', (proxy) => [CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE].every((type) => proxy.version(type) !== undefined));
  const before = fleet.proxies.map(({ taken }) => taken.length);
  const start = Date.now();
  const jumps = [-HOUR, HOUR, -10 * YEAR, 10 * YEAR, 0, -start, 1];
  for (const [index, jump] of jumps.entries()) {
    vi.setSystemTime(start + jump);
    const seen = fleet.proxies[0]?.version(ROUTE_TYPE);
    await change(index + 1);
    await fleet.until(`a change ${jump} ms away`, (proxy) => proxy.version(ROUTE_TYPE) !== seen);
  }
  for (const [index, { taken, endings }] of fleet.proxies.entries()) {
    expect(taken.slice(before[index]).map(({ typeUrl }) => typeUrl)).toEqual(jumps.map(() => ROUTE_TYPE));
    expect(endings).toEqual([]);
  }
});
