import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdingHead } from '../publishing.ts';
import type { MeshSnapshot } from '../snapshot.ts';
import type { SessionStatus } from '../status/session.ts';
import { StatusUnavailable } from '../status/statusTable.ts';
import type { Head, HeldResource, HoldableSnapshots } from '../store.ts';
import { sampleSnapshot } from '../testing/sampleSnapshot.ts';
import { sampleSession } from '../testing/statusTableContract.ts';
import { HoldDecider, type HoldNews } from './holdDecider.ts';
import { HOLD_LIMITS, type HoldLimits } from './refusals.ts';

const MESH = '123456789012/apps';
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const OFF: HoldLimits = { identities: undefined, share: undefined };

/** One head, whose writers are let race by a test. */
class OneHead implements HoldableSnapshots {
  current: Head | undefined;
  snapshot = sampleSnapshot();
  reads = 0;
  writes = 0;
  failure: Error | undefined;
  /** Called between a decider's reading and its writing. */
  beforeHold: () => Promise<void> = async () => {};
  #news = Promise.withResolvers<void>();

  /** As a publisher does that knows nothing of what is held. */
  async publish(snapshot: MeshSnapshot): Promise<void> {
    const latest = { version: snapshot.version, key: `${snapshot.version.n}`, content: '' };
    this.#move({ mesh: MESH, ...this.current, rev: (this.current?.rev ?? 0n) + 1n, latest, serving: latest });
    this.snapshot = snapshot;
  }

  async head(): Promise<Head | undefined> {
    if (this.failure !== undefined) throw this.failure;
    return this.current;
  }

  async read(): Promise<MeshSnapshot> {
    this.reads += 1;
    return this.snapshot;
  }

  async hold(before: Head, held: readonly HeldResource[]): Promise<boolean> {
    const beforeHold = this.beforeHold;
    this.beforeHold = async () => {};
    await beforeHold();
    if (this.current?.rev !== before.rev) return false;
    this.writes += 1;
    return this.#move(holdingHead(before, held));
  }

  async *watch(signal: AbortSignal): AsyncGenerator<readonly Head[]> {
    signal.addEventListener('abort', () => this.#tell(), { once: true });
    while (!signal.aborted) {
      const { promise } = this.#news;
      if (this.current !== undefined) yield [this.current];
      await promise;
    }
  }

  #move(head: Head): boolean {
    this.current = head;
    this.#tell();
    return true;
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

let snapshots: OneHead;
let sessions: readonly SessionStatus[];
let isAway: boolean;
let news: HoldNews[];
let failures: unknown[];
let deciders: HoldDecider[];

beforeEach(async () => {
  vi.useFakeTimers();
  snapshots = new OneHead();
  [sessions, isAway, news, failures, deciders] = [[], false, [], [], []];
  await snapshots.publish(sampleSnapshot({ proxies: 4 }));
});
afterEach(async () => {
  await Promise.all(deciders.map((decider) => decider.close()));
  vi.useRealTimers();
});

function start(limits: HoldLimits = HOLD_LIMITS): HoldDecider {
  const decider = new HoldDecider({
    snapshots,
    reports: async () => {
      if (isAway) throw new StatusUnavailable('the table is away');
      return sessions;
    },
    limits,
    setTimer: (callback, millis) => {
      const timer = setTimeout(callback, millis);
      return () => clearTimeout(timer);
    },
    onNews: (one) => news.push(one),
    onFailure: (_, cause) => failures.push(cause),
  });
  deciders.push(decider);
  return decider;
}

const clusterOf = (snapshot: MeshSnapshot): HeldResource => {
  const hash = snapshot.proxies.get('virtualNode/node0')?.types.get(CLUSTER)?.references.get('backend') ?? '';
  return { typeUrl: CLUSTER, name: 'backend', hash };
};

function refuse(count: number, { name, hash } = clusterOf(snapshots.snapshot)): void {
  sessions = Array.from({ length: count }, (_, node) => {
    const rejected = { version: 'v', snapshotVersion: '1.1.1', at: '', message: 'no', causes: [], contents: [{ name, hash }] };
    return sampleSession({ id: `${node}`, proxy: `virtualNode/node${node}`, types: [{ typeUrl: CLUSTER, state: 'REJECTED', rejected }] });
  });
}

const passes = (): Promise<unknown> => vi.advanceTimersByTimeAsync(5_300);
const held = (): readonly HeldResource[] | undefined => snapshots.current?.held;

describe('a decider of what is held', () => {
  it('holds what too many refuse, soon after it is told, and tells of it once', async () => {
    const decider = start();
    refuse(3);
    decider.look(MESH);
    await vi.advanceTimersByTimeAsync(250);
    expect(held()).toEqual([clusterOf(snapshots.snapshot)]);
    await passes();
    expect(snapshots.writes).toBe(1);
    expect(news).toMatchObject([{ mesh: MESH, released: [], held: [{ name: 'backend', message: 'no', nodeCount: 3 }] }]);
  });

  it('finds by itself what other relays report, and reads no snapshot while nobody refuses', async () => {
    start();
    await passes();
    expect(snapshots.reads).toBe(0);
    refuse(3);
    await passes();
    expect(held()).toHaveLength(1);
  });

  it('releases with the content that is served no more, and tells so, whether refusals are still told of or not', async () => {
    start();
    refuse(3);
    await passes();
    await snapshots.publish(sampleSnapshot({ version: { n: 2n }, content: 'good', proxies: 4 }));
    await passes();
    expect(held()).toBeUndefined();
    expect(news[1]).toMatchObject({ held: [], released: [{ name: 'backend' }] });
  });

  it('releases nothing because refusals are no longer told of, nor after its own restart', async () => {
    const first = start();
    refuse(3);
    await passes();
    sessions = [];
    await passes();
    await first.close();
    start();
    await passes();
    expect(held()).toHaveLength(1);
    expect(news).toHaveLength(1);
  });

  it('removes what a publisher that knows nothing of it has left behind', async () => {
    start();
    snapshots.current = snapshots.current && holdingHead(snapshots.current, [{ typeUrl: CLUSTER, name: 'backend', hash: 'long gone' }]);
    await passes();
    expect(held()).toBeUndefined();
  });

  it.each(['the table', 'the heads'])('neither holds nor releases while %s cannot be read, and goes on after', async (what) => {
    start();
    refuse(3);
    isAway = what === 'the table';
    snapshots.failure = isAway ? undefined : new Error('away');
    await passes();
    expect(failures).not.toEqual([]);
    expect(held()).toBeUndefined();
    isAway = false;
    snapshots.failure = undefined;
    await passes();
    expect(held()).toHaveLength(1);
  });

  it('judges again what is published while it decides', async () => {
    start();
    refuse(3);
    snapshots.beforeHold = () => snapshots.publish(sampleSnapshot({ version: { n: 2n }, content: 'good', proxies: 4 }));
    await passes();
    expect(held()).toBeUndefined();
    expect(snapshots.current?.latest.version.n).toBe(2n);
    expect(news).toEqual([]);
  });

  it('comes to one list beside others, which is told of once', async () => {
    start();
    start();
    refuse(3);
    await passes();
    await passes();
    expect(held()).toHaveLength(1);
    expect(snapshots.writes).toBe(1);
    expect(news).toHaveLength(1);
  });

  it('releases all once it is told to hold nothing', async () => {
    const first = start();
    refuse(3);
    await passes();
    await first.close();
    start(OFF);
    await passes();
    expect(held()).toBeUndefined();
    expect(news.at(-1)).toMatchObject({ released: [{ name: 'backend' }] });
  });

  it('ends with its timers', async () => {
    const decider = start();
    decider.look(MESH);
    await decider.close();
    decider.look(MESH);
    expect(vi.getTimerCount()).toBe(0);
  });
});
