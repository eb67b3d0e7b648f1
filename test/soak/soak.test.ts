import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LISTENER_TYPE } from '@meshwright/envoy-api';
import { expect, inject, it } from 'vitest';
import { Fleet } from '../faults/fleet.ts';
import { type Program, startProgram } from '../process/program.ts';
import { PROXY } from '../relay/handMadeMesh.ts';
import type { Usage } from './relayProcess.ts';

const STREAMS = 500;
const CHANGES_PER_SECOND = 5;
const MINUTES = 10;
/** What was taken up by then stays: caches are full, code is compiled. */
const SETTLED_MINUTES = 2;
/** Proxies that leave and come each second. */
const COMING_AND_GOING = 5;

/** Runs changes for a while; proxies come and go meanwhile. */
async function run(relay: Program, fleets: Fleet[], newProxies: () => Fleet, minutes: number): Promise<void> {
  for (let second = 0; second < minutes * 60; second += 1) {
    for (let change = 0; change < CHANGES_PER_SECOND; change += 1) {
      relay.send({ ask: 'publish' });
      await sleep(1_000 / CHANGES_PER_SECOND);
    }
    for (const { proxies } of fleets) for (const { taken } of proxies) taken.length = 0;
    fleets.push(newProxies());
    fleets.splice(1, 1)[0]?.close();
  }
}

async function usageOf(relay: Program): Promise<Usage> {
  const { promise, resolve } = Promise.withResolvers<Usage>();
  relay.onMessage((message) => resolve(message as Usage));
  relay.send({ ask: 'usage' });
  return await promise;
}

/** @throws Error with what it said, as soon as it has ended. */
async function endOf(relay: Program): Promise<never> {
  const { status, signal } = await relay.ended;
  throw new Error(`the relay ended (${signal ?? status}): ${relay.output().stderr}`);
}

// In `npm test` there is no time for it: a leak of a few bytes per push shows after minutes only.
it.skipIf(inject('effort') < 10)(
  `memory and descriptors of a relay stay as they are: ${STREAMS} streams, ${CHANGES_PER_SECOND} changes/s, ${MINUTES} min (npm run test:slow)`,
  async () => {
    await using relay = startProgram([process.execPath, '--expose-gc', join(import.meta.dirname, 'relayProcess.ts')], { messages: true });
    const port = Number(await relay.line(/^\d+$/));
    const proxiesOf = (count: number): Fleet => new Fleet(count, { port, nodeId: PROXY, routes: ['routes'], random: Math.random });
    const newProxies = (): Fleet => proxiesOf(COMING_AND_GOING);
    const fleets = [proxiesOf(STREAMS - COMING_AND_GOING), newProxies()];
    const areServed = (): Promise<unknown> =>
      Promise.all(fleets.map((fleet) => fleet.until('listeners', (proxy) => proxy.version(LISTENER_TYPE) !== undefined)));
    const soak = async (): Promise<readonly [Usage, Usage]> => {
      await areServed();
      await run(relay, fleets, newProxies, SETTLED_MINUTES);
      const settled = await usageOf(relay);
      await run(relay, fleets, newProxies, MINUTES - SETTLED_MINUTES);
      await areServed();
      return [settled, await usageOf(relay)];
    };
    const [before, after] = await Promise.race([soak(), endOf(relay)]);
    for (const fleet of fleets) fleet.close();
    expect(after.versions).toBe(1 + MINUTES * 60 * CHANGES_PER_SECOND);
    expect(after.residentBytes, JSON.stringify({ before, after })).toBeLessThan(1.1 * before.residentBytes);
    expect(after.heapBytes, JSON.stringify({ before, after })).toBeLessThan(1.1 * before.heapBytes);
    expect(after.descriptors).toBe(before.descriptors);
  },
  // Twice the time that it takes, for a busy machine.
  2 * MINUTES * 60_000,
);
