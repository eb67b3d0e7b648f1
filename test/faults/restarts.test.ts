import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { ControlPlane, NODE_ID, ROUTES } from './controlPlane.ts';
import { Fleet } from './fleet.ts';

const effort = inject('effort');
const PROXIES = Math.round(100 * effort);

let folder: string;
let controlPlane: ControlPlane;
let fleet: Fleet;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-restarts-'));
  controlPlane = await ControlPlane.start(folder);
  fleet = new Fleet(PROXIES, { port: controlPlane.xdsPort, nodeId: NODE_ID, routes: ROUTES, random: Math.random });
});
afterEach(async () => {
  fleet.close();
  await controlPlane[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Changes the route and waits until all have it. */
async function change(weight: number): Promise<void> {
  const before = new Map(fleet.proxies.map((proxy) => [proxy, proxy.version(ROUTE_TYPE)]));
  await controlPlane.route(weight);
  await fleet.until(`routes with weight ${weight}`, (proxy) => proxy.version(ROUTE_TYPE) !== before.get(proxy));
}

describe(`${PROXIES} proxies`, () => {
  it.each([
    ['killed', 'SIGKILL'],
    ['asked to end', 'SIGTERM'],
  ] as const)(
    'are current again when the relay was %s: each comes back once, and is sent what changed and nothing else',
    async (_, signal) => {
      await fleet.until('clusters, listeners and routes', (proxy) =>
        [CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE].every((type) => proxy.version(type) !== undefined),
      );
      await change(50);
      const { status } = await controlPlane.program.end(signal);
      expect(status).toBe(signal === 'SIGTERM' ? 0 : null);
      await controlPlane.startAgain();
      await change(25);
      expect(new Set(fleet.proxies.map((proxy) => proxy.version(ROUTE_TYPE))).size).toBe(1);
      for (const { taken, endings } of fleet.proxies) {
        expect(taken.filter(({ resourceCount }) => resourceCount === 0)).toEqual([]);
        expect(taken.filter(({ stream }) => stream === 1).map(({ typeUrl }) => typeUrl)).toEqual([ROUTE_TYPE]);
        expect(endings).toEqual(signal === 'SIGTERM' ? ['0'] : []);
      }
      expect(await controlPlane.metric('meshwright_xds_streams_opened_total')).toBe(PROXIES);
      expect(await controlPlane.metric('meshwright_xds_streams_refused_total')).toBe(0);
      expect(await controlPlane.metric('meshwright_xds_pushes_total')).toBe(PROXIES);
      expect(await controlPlane.metric('meshwright_xds_rejections_total')).toBe(0);
    },
    120_000 * Math.max(1, effort),
  );
});
