import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import { encodeSnapshot } from '../../codec.ts';
import type { MeshSnapshot } from '../../snapshot.ts';
import type { Head, Published, PublishOutcome, SnapshotStore } from '../../store.ts';
import { compareVersions } from '../../version.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { isSkipped, MESH, type SnapshotStoreSetup } from './setup.ts';

const PUBLISHERS = 4;
/** More than any publish does to its medium, so that some deaths come too late. */
const MOST_STEPS = 40;
/** A machine that is busy with other things, and a slow stand-in. */
const MILLIS_PER_HISTORY = 20_000;

/** A compiler as the store sees it: it read some head at some time, built on it, and publishes, maybe twice. */
interface Publisher {
  parent: Published | undefined;
  built: MeshSnapshot | undefined;
}

/** What must be: the newest head that anybody can have seen. */
interface Model {
  head: Head | undefined;
  readonly publishers: readonly Publisher[];
}

/** What is: the store, every object that was ever seen in it, and what a watch has told. */
interface Real {
  readonly setup: SnapshotStoreSetup;
  store: SnapshotStore;
  readonly objects: Map<string, Uint8Array>;
  watch: Watch;
}

type Step = fc.AsyncCommand<Model, Real>;

/**
 * Random histories of publishers that look, build, publish at once and twice, and die: `rev` only rises, `latest` only moves forward and
 * from the parent it was built on, every head's object says what was published, and no object ever changes.
 */
export function interleavings(make: () => Promise<SnapshotStoreSetup>, histories: number): void {
  const runs = histories * inject('effort');
  it(`holds its promises over ${runs} random histories of ${PUBLISHERS} publishers`, { timeout: MILLIS_PER_HISTORY * runs }, async () => {
    const property = fc.asyncProperty(fc.commands(anyStep(), { maxCommands: 25, size: 'max' }), async (steps) => {
      const setup = await make();
      const real: Real = { setup, store: setup.store, objects: new Map(), watch: new Watch(setup.store) };
      try {
        await fc.asyncModelRun(() => ({ model: newModel(), real }), steps);
        await real.watch.end(await real.store.head(MESH));
        for (const [key, bytes] of real.objects) expect(Buffer.from(await setup.objects.get(MESH, key)).equals(bytes), key).toBe(true);
      } finally {
        real.watch.stop();
        await setup.close();
      }
    });
    await fc.assert(property, { numRuns: runs, endOnFailure: true });
  });
}

function newModel(): Model {
  return { head: undefined, publishers: Array.from({ length: PUBLISHERS }, () => ({ parent: undefined, built: undefined })) };
}

function anyStep(): fc.Arbitrary<Step>[] {
  const who = fc.nat({ max: PUBLISHERS - 1 });
  const build = fc.record({
    forward: fc.nat({ max: 2 }),
    build: fc.nat({ max: 2 }),
    epoch: fc.nat({ max: 1 }),
    content: fc.constantFrom('a', 'b'),
  });
  return [
    who.map(look),
    fc.tuple(who, build).map(([publisher, change]) => builds(publisher, change)),
    fc.tuple(who, build).map(([publisher, change]) => builds(publisher, change)),
    who.map(publishes),
    who.map(publishes),
    fc.constant(allPublish()),
    fc.tuple(build, build).map(allBuildAndPublish),
    who.map(diesBeforeTheHead),
    fc.tuple(who, fc.nat({ max: MOST_STEPS })).map(([publisher, at]) => diesAt(publisher, at)),
    fc.constant(restarts()),
  ];
}

function look(who: number): Step {
  return step(`publisher ${who} looks`, async (model, { store }) => {
    const publisher = of(model, who);
    publisher.parent = (await store.head(MESH))?.latest;
  });
}

interface Built {
  readonly forward: number;
  readonly build: number;
  readonly epoch: number;
  readonly content: string;
}

function builds(who: number, change: Built): Step {
  const { epoch, forward, build, content } = change;
  return step(`publisher ${who} builds "${content}", ${epoch} epochs, ${forward} revisions and ${build} builds further`, async (model) => {
    const publisher = of(model, who);
    publisher.built = builtOn(publisher.parent, change);
  });
}

function builtOn(parent: Published | undefined, { epoch, forward, build, content }: Built): MeshSnapshot {
  const { version } = parent ?? { version: { epoch: 1, n: 0n, build: 1 } };
  const moved = { epoch: version.epoch + epoch, n: version.n + BigInt(forward), build: version.build + build };
  return sampleSnapshot({ version: moved, content });
}

function publishes(who: number): Step {
  return step(`publisher ${who} publishes`, async (model, { store }) => {
    const { built, parent } = of(model, who);
    if (built !== undefined) expect(await store.publish(built, parent)).toBe(take(model, built, parent));
  });
}

function allPublish(): Step {
  return step('all publish at once', race);
}

/** Without it few have the same parent when they race. */
function allBuildAndPublish([some, others]: readonly [Built, Built]): Step {
  return step(`all look, build "${some.content}" or "${others.content}", and publish at once`, async (model, real) => {
    const parent = (await real.store.head(MESH))?.latest;
    for (const [place, publisher] of model.publishers.entries()) {
      publisher.parent = parent;
      publisher.built = builtOn(parent, place % 2 === 0 ? some : others);
    }
    await race(model, real);
  });
}

async function race(model: Model, { store, setup }: Real): Promise<void> {
  if (setup.racing !== undefined) return;
  const racers = model.publishers.flatMap(({ built, parent }) => (built === undefined ? [] : [{ built, parent }]));
  const able = racers.filter(({ built, parent }) => mayWin(model, built, parent));
  const outcomes = await Promise.all(racers.map(({ built, parent }) => store.publish(built, parent)));
  const winners = racers.filter((_, place) => outcomes[place] !== 'stale');
  expect(winners).toHaveLength(Math.min(1, able.length));
  for (const { built, parent } of winners) expect(outcomes).toContain(take(model, built, parent));
}

function diesBeforeTheHead(who: number): Step {
  return step(`publisher ${who} writes its object and dies`, async (model, { setup }) => {
    const { built } = of(model, who);
    // A version that is there already was written by its publisher.
    if (built === undefined) return;
    const { key, bytes } = encodeSnapshot(built);
    if (!(await setup.objects.keys(MESH)).includes(key)) await setup.objects.put(MESH, key, bytes);
  });
}

function diesAt(who: number, at: number): Step {
  return step(`publisher ${who} dies at step ${at}`, async (model, real) => {
    const { built, parent } = of(model, who);
    const { dying } = real.setup;
    if (built === undefined || isSkipped(dying)) return;
    await dying(at, (store) => store.publish(built, parent));
    await reopen(real);
    const head = await real.store.head(MESH);
    if (head?.rev !== model.head?.rev) expect(take(model, built, parent)).not.toBe('stale');
  });
}

function restarts(): Step {
  return step('the store is opened again', async (_, real) => reopen(real));
}

/** A step, and what must hold after it. */
function step(name: string, run: (model: Model, real: Real) => Promise<void>): Step {
  return {
    check: () => true,
    async run(model, real) {
      await run(model, real);
      await holds(model, real);
    },
    toString: () => name,
  };
}

async function holds(model: Model, real: Real): Promise<void> {
  const head = await real.store.head(MESH);
  expect(head && { rev: head.rev, version: head.latest.version, content: head.latest.content, serving: head.serving }).toEqual(
    model.head && { rev: model.head.rev, version: model.head.latest.version, content: model.head.latest.content, serving: head?.latest },
  );
  if (head === undefined) return;
  const read = await real.store.read(MESH, head.latest);
  expect(read.version).toEqual(head.latest.version);
  expect(encodeSnapshot(read).content).toBe(head.latest.content);
  if (model.head) model.head = head;
  if (!real.objects.has(head.latest.key)) real.objects.set(head.latest.key, await real.setup.objects.get(MESH, head.latest.key));
  real.watch.check();
}

function mayWin({ head }: Model, built: MeshSnapshot, parent: Published | undefined): boolean {
  if (head === undefined || parent === undefined) return head === parent;
  const isAtParent = parent.key === head.latest.key && compareVersions(parent.version, head.latest.version) === 0;
  return isAtParent && compareVersions(built.version, head.latest.version) > 0;
}

/** What a publish must lead to; the head's key is the store's to choose. */
function take(model: Model, built: MeshSnapshot, parent: Published | undefined): PublishOutcome {
  const before = model.head;
  if (!mayWin(model, built, parent)) return 'stale';
  const { key, content } = encodeSnapshot(built);
  const latest = { version: built.version, key, content };
  model.head = { mesh: MESH, rev: (before?.rev ?? 0n) + 1n, latest, serving: latest };
  return before?.latest.content === content ? 'unchanged' : 'published';
}

function of(model: Model, who: number): Publisher {
  const publisher = model.publishers[who];
  if (publisher === undefined) throw new Error(`there is no publisher ${who}`);
  return publisher;
}

async function reopen(real: Real): Promise<void> {
  real.watch.stop();
  real.watch.check();
  real.store = await real.setup.reopen();
  real.watch = new Watch(real.store);
}

/** Watches a store and remembers what it was told. */
class Watch {
  readonly #ended = new AbortController();
  readonly #revs: bigint[] = [];
  readonly #done: Promise<void>;
  #told = Promise.withResolvers<void>();

  constructor(store: SnapshotStore) {
    this.#done = this.#follow(store);
  }

  /** What was told never went back. */
  check(): void {
    expect(this.#revs).toEqual([...new Set(this.#revs)].toSorted((a, b) => (a < b ? -1 : 1)));
  }

  /** Waits until it was told of the last head. */
  async end(head: Head | undefined): Promise<void> {
    while (head !== undefined && this.#revs.at(-1) !== head.rev) await this.#told.promise;
    this.stop();
    await this.#done;
    this.check();
  }

  stop(): void {
    this.#ended.abort();
  }

  async #follow(store: SnapshotStore): Promise<void> {
    for await (const heads of store.watch(this.#ended.signal)) {
      this.#revs.push(...heads.map(({ rev }) => rev));
      this.#told.resolve();
      this.#told = Promise.withResolvers();
    }
  }
}
