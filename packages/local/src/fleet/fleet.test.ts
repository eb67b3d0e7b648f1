import { CLUSTER_TYPE, LISTENER_TYPE } from '@meshwright/envoy-api';
import { type ProxyStatusEvent, Sessions, StatusReporter } from '@meshwright/relay';
import { type StatusTable, StatusUnavailable } from '@meshwright/snapshot';
import { sampleSnapshot } from '@meshwright/snapshot/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemorySnapshots } from '../snapshots/memorySnapshots.ts';
import { Fleet } from './fleet.ts';
import { MemoryStatusTable } from './memoryStatusTable.ts';

const MESH = { owner: '123456789012', mesh: 'apps' };
const START = Date.UTC(2026, 0, 1);

const setTimer = (callback: () => void, millis: number): (() => void) => {
  const timer = setTimeout(callback, millis);
  return () => clearTimeout(timer);
};

let now: number;
let table: StatusTable;
let failures: unknown[];
beforeEach(() => {
  now = START;
  table = new MemoryStatusTable(() => now);
  failures = [];
});

/** A relay with its reporter, and the fleet as an API beside it sees it. */
function relay(name: string) {
  const sessions = new Sessions({ relay: name, now: () => now });
  const snapshots = new MemorySnapshots();
  const onFailure = (cause: unknown): void => void failures.push(cause);
  const fleet = new Fleet({ sessions, table, snapshots, setTimer, onFailure });
  let tick: (() => void) | undefined;
  const held = (callback: () => void): (() => void) => {
    tick = callback;
    return () => {};
  };
  const reporter = new StatusReporter({ table, sessions, now: () => now, setTimer: held, onFailure });
  let count = 0;
  return {
    fleet,
    snapshots,
    /** Tells the table what changed. */
    async report() {
      const next = tick;
      next?.();
      await vi.waitUntil(() => tick !== next);
    },
    leave: () => reporter.close(),
    connect(instance: string, admission: 'known' | 'unknown' = 'known') {
      count += 1;
      const base = {
        session: count,
        peer: { address: '10.0.0.1:1', userAgent: '' },
        node: { id: 'n', cluster: '', envoyVersion: '', instance },
      };
      const proxy = { kind: 'proxy', mesh: '123456789012/apps', proxy: 'virtualNode/a' } as const;
      const unknown = { kind: 'unknown', reason: 'no such' } as const;
      sessions.take({ ...base, kind: 'connected', protocol: 'delta', admission: admission === 'known' ? proxy : unknown });
      return (event: object): void => sessions.take({ ...base, ...event } as ProxyStatusEvent);
    },
  };
}

describe('a fleet over several relays', () => {
  it('has the proxies of all of them, its own as they are and the others as they were told', async () => {
    const [one, two] = [relay('r1'), relay('r2')];
    one.connect('task/1');
    two.connect('task/2');
    const seen = async () => (await one.fleet.proxies(MESH)).map(({ relay: name, instance }) => `${name} ${instance}`);
    expect(await seen()).toEqual(['r1 task/1']);
    await two.report();
    expect(await seen()).toEqual(['r1 task/1', 'r2 task/2']);
  });

  it('has a proxy once that went from one relay to another', async () => {
    const [one, two] = [relay('r1'), relay('r2')];
    const tell = two.connect('task/1');
    tell({ kind: 'gone', reason: 'recycled' });
    await two.report();
    one.connect('task/1');
    expect(await one.fleet.proxies(MESH)).toMatchObject([{ relay: 'r1', state: 'NOT_SENT' }]);
  });

  it('has no proxies of a relay that left, or does not tell any more', async () => {
    const [one, two, three] = [relay('r1'), relay('r2'), relay('r3')];
    for (const each of [two, three]) {
      each.connect('task');
      await each.report();
    }
    expect(await one.fleet.proxies(MESH)).toHaveLength(2);
    await two.leave();
    expect(await one.fleet.proxies(MESH)).toHaveLength(1);
    now += 30_000;
    expect(await one.fleet.proxies(MESH)).toHaveLength(0);
  });

  it('has nodes that are not known, whoever they came to', async () => {
    const [one, two] = [relay('r1'), relay('r2')];
    one.connect('a', 'unknown');
    two.connect('b', 'unknown');
    await two.report();
    expect((await one.fleet.unknownNodes()).map(({ relay: name, state }) => [name, state])).toEqual([
      ['r1', 'UNKNOWN'],
      ['r2', 'UNKNOWN'],
    ]);
  });

  it('has its own proxies when the table is away, and says that it is', async () => {
    const broken = async (): Promise<never> => {
      throw new StatusUnavailable('away');
    };
    table = { report: broken, sessions: broken, silent: broken };
    const one = relay('r1');
    one.connect('task/1');
    await one.report();
    expect(await one.fleet.proxies(MESH)).toHaveLength(1);
    expect(failures.map(String)).toEqual(['StatusUnavailable: away', 'StatusUnavailable: away']);
  });
});

describe('a watch', () => {
  it('is woken by what its own mesh’s proxies say, and by a publication; not by others', async () => {
    const one = relay('r1');
    using watch = one.fleet.watch(MESH, 60_000);
    const tell = one.connect('task/1');
    expect(await watch.changed()).toBe(true);
    tell({ kind: 'acked', typeUrl: CLUSTER_TYPE, version: 'v', snapshotVersion: '1.1.1', millis: 1 });
    expect(await watch.changed()).toBe(true);
    one.fleet.published(MESH);
    expect(await watch.changed()).toBe(true);
    using brief = one.fleet.watch({ ...MESH, mesh: 'shop' }, 60);
    one.fleet.published(MESH);
    expect(await brief.changed()).toBe(false);
  });

  it('looks into the table where there are other relays', async () => {
    vi.useFakeTimers();
    const [one, two] = [relay('r1'), relay('r2')];
    two.connect('task/2');
    await two.report();
    await one.fleet.proxies(MESH);
    using watch = one.fleet.watch(MESH, 60_000);
    const changed = watch.changed();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(await changed).toBe(true);
    vi.useRealTimers();
  });

  it('is refused when two hundred wait', () => {
    const { fleet } = relay('r1');
    const watches = Array.from({ length: 200 }, () => fleet.watch(MESH, 60_000));
    expect(() => fleet.watch(MESH, 60_000)).toThrow('200 requests wait for deliveries already');
    watches[0]?.[Symbol.dispose]();
    watches.push(fleet.watch(MESH, 60_000));
    for (const watch of watches) watch[Symbol.dispose]();
  });
});

it('what is served of a mesh is what its newest snapshot has', async () => {
  const { fleet, snapshots } = relay('r1');
  const snapshot = sampleSnapshot();
  const slash = snapshot.mesh.indexOf('/');
  const mesh = { owner: snapshot.mesh.slice(0, slash), mesh: snapshot.mesh.slice(slash + 1) };
  expect(await fleet.served(mesh)).toBeUndefined();
  await snapshots.publish(snapshot, undefined);
  const [[name, { types }] = ['', { types: new Map() }]] = snapshot.proxies;
  const proxy = { kind: 'virtualNode', name: name.slice('virtualNode/'.length) } as const;
  for (let asked = 0; asked < 2; asked += 1) {
    const served = await fleet.served(mesh);
    expect(served?.revision).toBe(snapshot.version.n);
    expect(served?.version(proxy, 'CDS')).toBe(types.get(CLUSTER_TYPE)?.version);
    expect(served?.version(proxy, 'LDS')).toBe(types.get(LISTENER_TYPE)?.version);
    expect(served?.version({ ...proxy, name: 'none' }, 'CDS')).toBeUndefined();
  }
});
