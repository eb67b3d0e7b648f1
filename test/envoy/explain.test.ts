import { type ExplainedRequest, type Explanation, explain, type RouteConfigIr } from '@meshwright/compiler';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { envoyBinary } from '../setup/parts.ts';
import { nearMisses } from './nearMisses.ts';
import { RawClient } from './rawClient.ts';
import { CLIENT, GATEWAY, routedMesh } from './routedMesh.ts';
import { type RoutesEnvoy, routesOf, startRoutesEnvoy } from './routesUnderTest.ts';
import { doneOf, headOf, saidOf, type Told } from './told.ts';

// What `explain` says of requests, against what a real Envoy with the same compiled routes does with them.

/** Fixed, so that a difference comes again. */
const SEED = 1;
const EFFORT = inject('effort');
const MESHES = 25 * EFFORT;
const REQUESTS_PER_CONFIG = 40;

const all = fc.sample(routedMesh, { seed: SEED, numRuns: MESHES }).flatMap((mesh) => routesOf(mesh, CLIENT, GATEWAY));

let envoy: RoutesEnvoy;
beforeAll(async () => {
  envoy = await startRoutesEnvoy(await envoyBinary(), all);
});
afterAll(() => envoy?.[Symbol.asyncDispose]());

describe('what explain says is what a real Envoy 1.40 does', () => {
  test('generated requests, made for routes and then changed in a few places', { timeout: 60_000 * EFFORT }, async () => {
    const seen = new Tally();
    const differences: unknown[] = [];
    for (const [position, { passes }] of all.entries()) {
      const requests = fc.sample(nearMisses(passes), { seed: SEED + position, numRuns: REQUESTS_PER_CONFIG });
      differences.push(...(await compare(position, passes, requests, seen)));
    }
    process.stdout.write(`explain: ${seen.text(all.length)}\n`);
    expect(differences.slice(0, 5), `${differences.length} differences`).toEqual([]);
    expect(seen.requests).toBeGreaterThanOrEqual(2_000 * EFFORT);
    expect(seen.nearMisses).toBeGreaterThanOrEqual(seen.requests / 4);
  });

  test('a wrong order of routes would be found', async () => {
    const differences: unknown[] = [];
    for (const [position, { passes }] of all.slice(0, 40).entries()) {
      const wrong = passes.map((pass) => ({ ...pass, virtualHosts: pass.virtualHosts.map(backwards) }));
      const requests = fc.sample(nearMisses(passes), { seed: SEED, numRuns: 10 });
      differences.push(...(await compare(position, wrong, requests, new Tally())));
    }
    expect(differences.length).toBeGreaterThan(10);
  });
});

const backwards = (host: RouteConfigIr['virtualHosts'][number]) => ({ ...host, routes: host.routes.toReversed() });

/** Sends requests to one listener; answers every difference between what happened and what is said of these passes. */
async function compare(
  position: number,
  passes: readonly RouteConfigIr[],
  requests: readonly ExplainedRequest[],
  seen: Tally,
): Promise<readonly unknown[]> {
  const client = new RawClient(envoy.socket(position));
  const differences: unknown[] = [];
  for (const request of requests) {
    const { said, explanation } = explainPasses(passes, request);
    const done = doneOf(await client.exchange(headOf(request)), said, explanation);
    seen.add(explanation);
    if (JSON.stringify(said) !== JSON.stringify(done)) differences.push({ position, request, said, done, explanation });
  }
  client.close();
  return differences;
}

/** Explains pass by pass, each on what the one before sends; only the last one's hosts and routes can be told from outside. */
function explainPasses([first, ...rest]: readonly RouteConfigIr[], request: ExplainedRequest): { said: Told; explanation: Explanation } {
  if (first === undefined) throw new Error('there is no pass');
  const explanation = explain(first, request);
  if (rest.length === 0) return { said: saidOf(explanation, first), explanation };
  const { outcome } = explanation;
  return outcome.kind === 'forwarded' ? explainPasses(rest, outcome.request) : { said: { status: outcome.status }, explanation };
}

/** Counts what was compared, so that a run shows what it proved. */
class Tally {
  requests = 0;
  /** Requests that some route missed by one condition alone. */
  nearMisses = 0;
  readonly #outcomes = new Map<string, number>();
  readonly #unmet = new Map<string, number>();

  add({ outcome, losers }: Explanation): void {
    this.requests += 1;
    if (losers.some(({ unmet }) => unmet.length === 1)) this.nearMisses += 1;
    count(this.#outcomes, outcome.kind === 'forwarded' ? 'forwarded' : String(outcome.status));
    for (const condition of new Set(losers.flatMap(({ unmet }) => unmet.map((one) => one.condition)))) count(this.#unmet, condition);
  }

  text(configs: number): string {
    const shown = (counts: ReadonlyMap<string, number>): string => [...counts].map(([what, times]) => `${what} ${times}`).join(', ');
    return `${this.requests} requests to ${configs} listeners (${shown(this.#outcomes)}); ${this.nearMisses} missed a route by one condition; requests with unmet conditions: ${shown(this.#unmet)}`;
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
