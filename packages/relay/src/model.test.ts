import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { anyActions, anyMesh, contentOf } from './testing/actions.ts';
import { startCore } from './testing/harness.ts';
import { ModelWorld } from './testing/modelWorld.ts';
import type { Verdict } from './testing/simulatedEnvoy.ts';
import { snapshotOf } from './testing/store.ts';

const BOUND = 15_000;
/** Four times as many in the slow tier, not ten: that is as long as it may take. */
const EFFORT = Math.min(inject('effort'), 4);
/** Sequences of each protocol; 5,000 with an effort of 1. */
const RUNS = 2_500 * EFFORT;
const TIMEOUT = { timeout: 300_000 * EFFORT + 60_000 };

const accepting: fc.Arbitrary<Verdict> = fc.constant('accept');
const anyVerdict = fc.constantFrom<Verdict>('accept', 'accept', 'accept', 'refuse', 'refuseButApply');

describe.each(['sotw', 'delta'] as const)('whatever happens, %s', (protocol) => {
  it.each([
    ['an Envoy that accepts', accepting],
    ['an Envoy that refuses some', anyVerdict],
  ])('never leads a route to a cluster that is not there, and ends with the newest: %s', TIMEOUT, async (_name, verdict) => {
    await fc.assert(
      fc.asyncProperty(anyActions(verdict, 30), async (actions) => {
        const world = new ModelWorld(protocol);
        for (const step of actions) await world.run(step);
        await world.finish();
        const { held } = world.envoy;
        const textOf = (contents: Readonly<Record<string, string>> | undefined) =>
          Object.entries(contents ?? {}).map(([name, content]) => `${name}=${content}`);
        expect([...held.cds.values()].map(({ text }) => text)).toEqual(textOf(world.newest.clusters));
        expect([...held.lds.values()].map(({ text }) => text)).toEqual(textOf(world.newest.listeners));
        expect([...held.rds.values()].map(({ text }) => text)).toEqual(textOf(world.newest.routes));
        expect([...held.eds.keys()]).toEqual([...held.cds.keys()]);
      }),
      { numRuns: RUNS * 0.3 },
    );
  });

  it('pushes no more often than there is something new to say', TIMEOUT, async () => {
    await fc.assert(
      fc.asyncProperty(anyActions(anyVerdict, 30), async (actions) => {
        const world = new ModelWorld(protocol);
        for (const step of actions) await world.run(step);
        await world.finish();
        const { publish, endpoints, reconnect, switch: switches, hold } = world.counts;
        const fresh = publish + reconnect + switches + hold + 1;
        const [cds, lds] = [world.sent('Cluster'), world.sent('Listener')];
        // Clusters twice per version: with those that leave, and without. The listener may call for one more answer of its
        // routes, a cluster for its endpoints, and names are asked for anew with each of them.
        expect(cds).toBeLessThanOrEqual(2 * fresh);
        expect(lds).toBeLessThanOrEqual(fresh);
        expect(world.sent('RouteConfiguration')).toBeLessThanOrEqual(fresh + lds);
        expect(world.sent('ClusterLoadAssignment')).toBeLessThanOrEqual(fresh + 2 * cds + endpoints);
      }),
      { numRuns: RUNS * 0.2 },
    );
  });

  it('is not moved by refusals and repetitions', TIMEOUT, async () => {
    await fc.assert(
      fc.asyncProperty(anyActions(anyVerdict, 15), async (actions) => {
        const world = new ModelWorld(protocol);
        for (const step of actions) await world.run(step);
        await world.storm(10);
        const before = world.sent('');
        await world.storm(10);
        expect(world.sent('')).toBe(before);
      }),
      { numRuns: RUNS * 0.16 },
    );
  });

  it('sends no listener or route while new clusters are out unacknowledged, short of the bound', TIMEOUT, async () => {
    await fc.assert(
      fc.asyncProperty(anyMesh, fc.integer({ min: 0, max: BOUND * 2 }), async (next, wait) => {
        const { connect, snapshots, time } = startCore();
        const client = connect(protocol)
          .ask('cds')
          .ask('lds')
          .ask('rds', { names: ['r'] });
        snapshots.put(snapshotOf(1, { 'virtualNode/a': contentOf(next) }));
        await time.advance(wait);
        expect(client.takeTypes()).toBe(wait < BOUND ? 'cds' : 'cds lds rds');
      }),
      { numRuns: RUNS * 0.04 },
    );
  });
});
