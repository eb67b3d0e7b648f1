import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import type { Type } from './testing/client.ts';
import { settled, startCore } from './testing/harness.ts';
import { SimulatedEnvoy, type Verdict } from './testing/simulatedEnvoy.ts';
import { type ProxyContent, snapshotOf } from './testing/store.ts';

const BOUND = 15_000;
const EFFORT = inject('effort');
const RUNS = 300 * EFFORT;

interface Mesh {
  readonly clusters: readonly (readonly [string, number])[];
  readonly routed: readonly string[];
  /** Name of a second listener, with routes of its own. */
  readonly second: string | undefined;
  readonly edition: number;
}

type Action =
  | { readonly kind: 'publish'; readonly mesh: Mesh }
  | { readonly kind: 'answer'; readonly verdict: Verdict }
  | { readonly kind: 'answerAll' }
  | { readonly kind: 'wait'; readonly millis: number }
  | { readonly kind: 'endpoints'; readonly cluster: string; readonly edition: number }
  | { readonly kind: 'repeat'; readonly type: Type; readonly nonce: string | undefined }
  | { readonly kind: 'reconnect'; readonly order: readonly Type[] };

const CLUSTERS = ['a', 'b', 'c', 'd'];
const TYPES: Type[] = ['cds', 'eds', 'lds', 'rds'];

const mesh: fc.Arbitrary<Mesh> = fc
  .record({
    clusters: fc.uniqueArray(fc.tuple(fc.constantFrom(...CLUSTERS), fc.integer({ min: 1, max: 2 })), {
      selector: ([name]) => name,
      minLength: 1,
    }),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
    second: fc.constantFrom(undefined, 'm', 'n'),
    edition: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ clusters, picks, ...rest }) => ({ ...rest, clusters, routed: picks.map((pick) => clusters[pick % clusters.length]?.[0] ?? '') }));

const action = (verdict: fc.Arbitrary<Verdict>): fc.Arbitrary<Action> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('publish' as const), mesh }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('answer' as const), verdict }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('answerAll' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), millis: fc.constantFrom(100, 1_000, 14_999, 16_000) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('endpoints' as const), cluster: fc.constantFrom(...CLUSTERS), edition: fc.nat(3) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('repeat' as const),
        type: fc.constantFrom(...TYPES),
        nonce: fc.constantFrom(undefined, '', 'x'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reconnect' as const), order: fc.shuffledSubarray(TYPES, { minLength: 4 }) }) },
  );

/** Every route leads to clusters of the same snapshot, every listener to its routes, as the compiler has it. */
function contentOf({ clusters, routed, second, edition }: Mesh): ProxyContent {
  const target = `${[...new Set(routed)].join(',')}#${edition}`;
  return {
    clusters: Object.fromEntries(clusters.map(([name, content]) => [name, String(content)])),
    listeners: { l: 'r', ...(second !== undefined && { [second]: 's' }) },
    routes: second === undefined ? { r: target } : { r: target, s: target },
    endpoints: clusters.map(([name]) => name),
  };
}

/** A relay, one Envoy on it, and the bookkeeping of what was published and sent. */
class World {
  readonly #system = startCore();
  readonly envoy: SimulatedEnvoy;
  #n = 0;
  #newest: Mesh | undefined;
  /** Clusters were refused, so the bound decides about the routes: until all is in order again nothing is claimed of them. */
  #excused = false;
  readonly counts = { publish: 0, endpoints: 0, reconnect: 0, repeat: 0 };

  constructor(protocol: 'sotw' | 'delta') {
    for (const cluster of CLUSTERS) this.#system.endpoints.set(cluster, '0');
    this.publish({ clusters: [['a', 1]], routed: ['a'], second: undefined, edition: 1 });
    this.envoy = new SimulatedEnvoy(() => this.#system.connect(protocol), protocol);
  }

  publish(next: Mesh): void {
    this.#n += 1;
    this.counts.publish += 1;
    this.#newest = next;
    this.#system.snapshots.put(snapshotOf(this.#n, { 'virtualNode/a': contentOf(next) }));
  }

  async run(step: Action): Promise<void> {
    if (step.kind === 'publish') this.publish(step.mesh);
    else if (step.kind === 'answer') this.#answer(step.verdict);
    else if (step.kind === 'wait') await this.#system.time.advance(step.millis);
    else if (step.kind === 'answerAll') await this.answerAll();
    else if (step.kind === 'endpoints') this.#system.endpoints.set(step.cluster, String(step.edition));
    else if (step.kind === 'repeat') this.envoy.repeat(step.type, step.nonce);
    else this.envoy.reconnect(step.order);
    if (step.kind in this.counts) this.counts[step.kind as 'repeat'] += 1;
    await settled();
  }

  async answerAll(): Promise<void> {
    await settled();
    while (this.envoy.waiting.length > 0) {
      this.#answer('accept');
      await settled();
    }
  }

  async finish(): Promise<void> {
    await this.answerAll();
    // Content that was refused is not sent again before it changes, and it changes here. Some of it never comes back: what an
    // Envoy took although it refused it must be taken from it.
    this.publish({ clusters: ['a', 'b'].map((name) => [name, 9]), routed: ['a'], second: 'm', edition: 9 });
    await this.answerAll();
    this.publish({ clusters: [['b', 9]], routed: ['b'], second: undefined, edition: 8 });
    await this.answerAll();
    await this.#system.time.advance(60_000);
    await this.answerAll();
  }

  /** Everything is refused, and every request repeated. */
  async storm(rounds: number): Promise<void> {
    const repeats = TYPES.map((type): Action => ({ kind: 'repeat', type, nonce: undefined }));
    const storm: readonly Action[] = [{ kind: 'answer', verdict: 'refuse' }, ...repeats];
    for (let step = 0; step < rounds * storm.length; step += 1) await this.run(storm[step % storm.length] as Action);
  }

  get newest(): ProxyContent {
    return this.#newest === undefined ? {} : contentOf(this.#newest);
  }

  sent(typeUrlPart: string): number {
    return this.#system.eventsOf('sent').filter(({ typeUrl }) => typeUrl.endsWith(typeUrlPart)).length;
  }

  #answer(verdict: Verdict): void {
    const response = this.envoy.answer(verdict);
    if (response?.type === 'cds' && verdict !== 'accept') this.#excused = true;
    const missing = this.envoy.missingClusters;
    if (missing.length === 0 && response?.type === 'cds' && verdict === 'accept') this.#excused = false;
    if (!this.#excused) expect(missing, `after ${verdict} of ${response?.type} ${JSON.stringify(response?.resources)}`).toEqual([]);
  }
}

const accepting: fc.Arbitrary<Verdict> = fc.constant('accept');
const anyVerdict = fc.constantFrom<Verdict>('accept', 'accept', 'accept', 'refuse', 'refuseButApply');

describe.each(['sotw', 'delta'] as const)('whatever happens, %s', (protocol) => {
  it.each([
    ['an Envoy that accepts', accepting],
    ['an Envoy that refuses some', anyVerdict],
  ])(
    'never leads a route to a cluster that is not there, and ends with the newest: %s',
    { timeout: 60_000 * EFFORT },
    async (_name, verdict) => {
      await fc.assert(
        fc.asyncProperty(fc.array(action(verdict), { maxLength: 30 }), async (actions) => {
          const world = new World(protocol);
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
        { numRuns: RUNS },
      );
    },
  );

  it('pushes no more often than there is something new to say', { timeout: 60_000 * EFFORT }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action(anyVerdict), { maxLength: 30 }), async (actions) => {
        const world = new World(protocol);
        for (const step of actions) await world.run(step);
        await world.finish();
        const { publish, endpoints, reconnect } = world.counts;
        const fresh = publish + reconnect + 1;
        const [cds, lds] = [world.sent('Cluster'), world.sent('Listener')];
        // Clusters twice per version: with those that leave, and without. The listener may call for one more answer of its
        // routes, a cluster for its endpoints, and names are asked for anew with each of them.
        expect(cds).toBeLessThanOrEqual(2 * fresh);
        expect(lds).toBeLessThanOrEqual(fresh);
        expect(world.sent('RouteConfiguration')).toBeLessThanOrEqual(fresh + lds);
        expect(world.sent('ClusterLoadAssignment')).toBeLessThanOrEqual(fresh + 2 * cds + endpoints);
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('is not moved by refusals and repetitions', { timeout: 60_000 * EFFORT }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action(anyVerdict), { maxLength: 15 }), async (actions) => {
        const world = new World(protocol);
        for (const step of actions) await world.run(step);
        await world.storm(10);
        const before = world.sent('');
        await world.storm(10);
        expect(world.sent('')).toBe(before);
      }),
      { numRuns: RUNS / 3 },
    );
  });

  it('sends no listener or route while new clusters are out unacknowledged, short of the bound', { timeout: 60_000 * EFFORT }, async () => {
    await fc.assert(
      fc.asyncProperty(mesh, fc.integer({ min: 0, max: BOUND * 2 }), async (next, wait) => {
        const { connect, snapshots, time } = startCore();
        const client = connect(protocol)
          .ask('cds')
          .ask('lds')
          .ask('rds', { names: ['r'] });
        snapshots.put(snapshotOf(1, { 'virtualNode/a': contentOf(next) }));
        await time.advance(wait);
        expect(client.takeTypes()).toBe(wait < BOUND ? 'cds' : 'cds lds rds');
      }),
      { numRuns: RUNS / 6 },
    );
  });
});
